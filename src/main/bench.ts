// The benchmarks, given what they start and build.
import { fileURLToPath } from 'node:url';
import { CodeError } from '../base/errors.ts';
import { readFileIfExists, writeFileAtomic } from '../platform/files.ts';
import type { Programs } from '../proving/bench/contenders/ours.ts';
import { deploy } from '../proving/bench/deploy.ts';
import { dispatch } from '../proving/bench/dispatch.ts';
import { engine } from '../proving/bench/engine.ts';
import { gateway } from '../proving/bench/gateway.ts';
import { recover } from '../proving/bench/recover.ts';
import type { Bench } from '../proving/bench/report.ts';
import { rollback } from '../proving/bench/rollback.ts';
import { scale } from '../proving/bench/scale/scale.ts';
import { tableOf, withSection } from '../proving/bench/show.ts';
import { startup } from '../proving/bench/startup.ts';
import { verdict } from '../proving/bench/verdict.ts';
import type { Benches } from '../surfaces/cli/benches.ts';
import { dispatchTrials } from './dispatch-trials.ts';
import { engineTrials } from './engine-trials.ts';
import { daemonCommand, gatewayCommand } from './programs.ts';

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
  gateway(programs),
  scale(programs),
  rollback(programs),
  verdict,
];

export const benches: Benches = {
  known,
  run: async ({ name, parameters, peers }, progress, signal) => {
    const bench = known.find((one) => one.name === name);
    if (!bench) throw new CodeError('usage', `There is no bench "${name}".`);
    const report = await bench.run({ parameters, peers, progress, signal });
    return {
      report,
      table: tableOf(report),
      notes: report.notes,
      write: async (file, label) => writeFileAtomic(file, withSection(await readFileIfExists(file), report, label), 0o644),
    };
  },
};
