// `npm run simulate -- --verdicts N [--workers W] [--write FILE]`: tries every promise about verdicts on up to N made-up rollouts, and fails if one breaks.
import type { ChildProcess } from 'node:child_process';
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Ended } from '../../src/proving/bench/canary/rollouts.ts';
import type { Found } from '../../test/verdict/promises.ts';
import { promises } from '../../test/verdict/promises.ts';
import type { Order } from './worker.ts';

/** A few seconds of work. */
const share = 20;
/** Looks are short-lived garbage: with more room for the young, little of it is looked at twice. */
const swift = ['--max-semi-space-size=32'];
const workerFile = fileURLToPath(new URL('worker.ts', import.meta.url));

interface Tried extends Found {
  readonly name: string;
}

/** Resolves with whether every promise held. */
export async function tryVerdicts({
  rollouts,
  workers,
  write,
}: {
  rollouts: number;
  workers: number;
  write: string | undefined;
}): Promise<boolean> {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  const crew = Array.from({ length: workers }, () => fork(workerFile, { execArgv: [...process.execArgv, ...swift] }));
  const results: Tried[] = [];
  try {
    for (const [index, one] of promises.entries()) {
      const ended = await sharedOut(crew, index, Math.max(1, Math.round(rollouts * one.part)));
      const found = { name: one.name, ...one.judge(ended) };
      results.push(found);
      process.stdout.write(`${found.holds ? 'holds ' : 'BROKEN'} ${found.name}: ${found.says}\n`);
    }
  } finally {
    for (const worker of crew) worker.kill('SIGKILL');
  }
  if (write !== undefined) writeFileSync(write, page(results, rollouts, commit));
  return results.every((one) => one.holds);
}

async function sharedOut(crew: readonly ChildProcess[], index: number, count: number): Promise<readonly Ended[]> {
  const parts: (readonly Ended[])[] = [];
  let next = 0;
  const work = async (worker: ChildProcess) => {
    while (next * share < count) {
      const part = next;
      next += 1;
      const order: Order = { index, from: part * share + 1, count: Math.min(share, count - part * share) };
      const answered = once(worker, 'message');
      worker.send(order);
      const [ended]: readonly (readonly Ended[])[] = await answered;
      parts[part] = ended ?? [];
    }
  };
  await Promise.all(crew.map(work));
  return parts.flat();
}

function page(results: readonly Tried[], rollouts: number, commit: string): string {
  const rows = results.map(({ name, says, holds }) => `| ${name} | ${says} | ${holds ? 'holds' : 'BROKEN'} |`).join('\n');
  return `<!-- Written by \`npm run simulate -- --verdicts ${rollouts} --write docs/verdicts.md\`; changes by hand are lost. -->

# How often verdicts err

Made-up traffic to two releases, judged by the product's own analysis with a look at every second for 15 minutes. Unless said otherwise:
\`errors: { worse_by: 1% }, latency: { p99: { worse_by: 20% } }, confidence: 99%\`; requests arrive as a Poisson process; 0.5 % of them fail; latencies are
log-logistic with a median of 20 ms and a p99 of 63 ms. A rollout that has passed goes on, so that a false abort afterwards counts, too. The
stories are in \`src/proving/bench/canary/stories.ts\`, the promises in \`test/verdict/promises.ts\`; decision
[0009](decisions/0009-always-valid-verdicts.md) says how it works. Seeds 1 to ${rollouts}, commit ${commit}, Node.js ${process.version}, ${cpus()[0]?.model.trim() ?? 'unknown processor'}.

| promise | found |  |
| --- | --- | --- |
${rows}

Beside other rules on the same streams: \`codectl bench verdict\`.
`;
}
