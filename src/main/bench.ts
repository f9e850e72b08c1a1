// The benchmarks, given what they start and build.
import { fileURLToPath } from 'node:url';
import { CodeError } from '../base/errors.ts';
import { readFileIfExists, writeFileAtomic } from '../platform/files.ts';
import type { Programs } from '../proving/bench/contenders/ours.ts';
import { deploy } from '../proving/bench/deploy.ts';
import { dispatch } from '../proving/bench/dispatch.ts';
import { engine } from '../proving/bench/engine.ts';
import { gateway } from '../proving/bench/gateway.ts';
import { load } from '../proving/bench/load/load.ts';
import { mcp } from '../proving/bench/mcp/mcp.ts';
import { recover } from '../proving/bench/recover.ts';
import type { Bench } from '../proving/bench/report.ts';
import { rollback } from '../proving/bench/rollback.ts';
import { scale } from '../proving/bench/scale/scale.ts';
import { tableOf, withSection } from '../proving/bench/show.ts';
import { startup } from '../proving/bench/startup.ts';
import { verdict } from '../proving/bench/verdict.ts';
import { measureConformance, runtimesMeasured } from '../proving/conformance/conformance.ts';
import { beside, isUnmet, pageOf, reasonsOf, tableOfConformance } from '../proving/conformance/page.ts';
import type { Benches, BenchOutcome, BenchRequest, KnownBench } from '../surfaces/cli/benches.ts';
import { engineTrials } from './engine-trials.ts';
import { daemonCommand, gatewayCommand } from './programs.ts';
import { dispatchTrials } from './trials/dispatch.ts';
import { mcpTrials } from './trials/mcp.ts';

const programs: Programs = {
  node: process.execPath,
  cli: fileURLToPath(new URL('../../bin/codectl.js', import.meta.url)),
  daemon: daemonCommand,
  gateway: gatewayCommand,
};

const known: readonly Bench[] = [
  startup(programs),
  recover(programs),
  deploy(programs),
  engine(engineTrials),
  dispatch(dispatchTrials),
  mcp(mcpTrials),
  gateway(programs),
  load(programs),
  scale(programs),
  rollback(programs),
  verdict,
];

const conformance: KnownBench = {
  name: 'conformance',
  summary:
    'What peers promise, behaviour by behaviour and runtime by runtime: met, not_met or not_measured by the tests of a source checkout',
  parameters: {},
  runtimes: runtimesMeasured,
  ownPage: true,
};

export const benches: Benches = {
  known: [...known, conformance],
  run: async (request, progress, signal) => {
    const { name, parameters, peers, runtimes } = request;
    if (name === conformance.name) return conforming(request, progress, signal);
    const bench = known.find((one) => one.name === name);
    if (!bench) throw new CodeError('usage', `There is no bench "${name}".`);
    const report = await bench.run({ parameters, peers, runtimes, progress, signal });
    return {
      report,
      table: tableOf(report),
      notes: report.notes,
      unmet: false,
      write: async (file, label) => {
        await writeFileAtomic(file, withSection(await readFileIfExists(file), report, label), 0o644);
        return `The section "${label === undefined ? report.bench : `${report.bench}: ${label}`}"`;
      },
    };
  },
};

async function conforming({ runtimes }: BenchRequest, progress: (line: string) => void, signal: AbortSignal): Promise<BenchOutcome> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const found = await measureConformance(root, { runtimes, progress, signal });
  return {
    report: { bench: conformance.name, ...found },
    table: tableOfConformance(found),
    notes: reasonsOf(found),
    unmet: isUnmet(found),
    write: async (file) => {
      const record = `${file.replace(/\.md$/, '')}.json`;
      const whole = beside(await readFileIfExists(record), found);
      await writeFileAtomic(record, `${JSON.stringify(whole)}\n`, 0o644);
      await writeFileAtomic(file, pageOf(whole), 0o644);
      return `The page, and its record ${record},`;
    },
  };
}
