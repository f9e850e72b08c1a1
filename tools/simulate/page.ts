// The page that a run leaves behind.
import { availableParallelism, cpus } from 'node:os';
import { markdownTable } from '../../src/proving/bench/show.ts';
import type { RunState } from './state.ts';

export function page(state: RunState, workers: number): string {
  const { from, totals, seconds } = state;
  const [processor] = cpus();
  const rows = [
    ['seeds', `${from} to ${from + totals.seeds - 1} (${totals.seeds})`],
    ['violations', violationsOf(state)],
    ['deployments', String(totals.deployments)],
    ['crashes of the engine', String(totals.crashes)],
    ['simulated hours', (totals.lasted / 3_600_000).toFixed(1)],
    ['seconds', seconds.toFixed(0)],
    ['seeds a second', (totals.seeds / seconds).toFixed(1)],
    ['commits', commitsOf(state)],
    [
      'machine',
      `${processor?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores, ${workers} processes at work, Node.js ${process.version}`,
    ],
  ];
  return `<!-- Written by \`npm run simulate -- --write docs/simulation.md\`; changes by hand are lost. -->

# What the simulation has seen

The engine, with its real decisions, loops, supervisor and director, lives on fakes and a clock that is moved by hand through histories drawn
from a seed: deploys, supersedes, scaling, restarts, rollbacks, aborts and removals; instances that are slow, never ready, crash, ignore SIGTERM or
cannot start; kills; route tables, instances and snapshots that somebody changes by hand; crashes of the engine between any two of its effects; stores that refuse; gateways that do not answer or answer too late; and
news of instances that arrives late or old; releases that are judged beside each other, by a crowd of requests that comes, swells and stops, and by
metrics of other systems that answer, fail or hang; release commands and jobs that end well, fail, hang or are met by a crash;
hooks that are commands or webhooks, to somebody who takes what comes, is late, busy, forgetful, away or silent; a cron whose runs last into the next, whose engine
is away for a while, whose schedule changes, goes and comes back. The rules are in \`test/simulation/rules/\`; the faults planted to show that they bite are in
\`test/simulation/patches/\`. What is simulated proves nothing about a real machine: \`test/e2e/crash.test.ts\` kills real processes.

${markdownTable({ head: ['', 'value'], rows })}

Repeat any history with \`npm run simulate -- --seed N\`.
`;
}

function violationsOf({ found }: RunState): string {
  if (found.length === 0) return '0';
  const since = (heldOn?: string) => (heldOn === undefined ? 'not yet mended' : `mended, and lived through again on ${short(heldOn)}`);
  const told = found.map(({ seed, commit, rule, heldOn }) => `seed ${seed} on ${short(commit)} (${rule}; ${since(heldOn)})`);
  return `${found.length}: ${told.join('; ')}`;
}

function commitsOf({ from, totals, legs }: RunState): string {
  const ends = [...legs.slice(1).map((one) => one.from), from + totals.seeds];
  return legs.map(({ commit, from: first }, index) => `${commit} (seeds ${first} to ${(ends[index] ?? 0) - 1})`).join('; ');
}

function short(commit: string): string {
  return commit.replace(/^[0-9a-f]{40}/, (whole) => whole.slice(0, 7));
}
