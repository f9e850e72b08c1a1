// `npm run simulate -- --seeds N [--from S] [--seed S] [--seconds T] [--write FILE]`: lives through N random histories (or as many as fit into T seconds).
// On a violation it prints the seed, the shortest history and how to replay it, and fails. `--write` keeps the result as a page.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { shrink, simulate } from '../test/simulation/simulate.ts';

const { values } = parseArgs({
  allowNegative: true,
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    seconds: { type: 'string' },
    write: { type: 'string' },
    json: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: true },
  },
});
const first = Number(values.seed ?? values.from);
const last = first + (values.seed === undefined ? Number(values.seeds) : 1);
const limit = values.seconds === undefined ? Number.POSITIVE_INFINITY : Number(values.seconds) * 1000;
const commit = values.write === undefined ? '' : describeCommit();
const started = performance.now();
const totals = { deployments: 0, crashes: 0, lasted: 0 };

let seed = first;
for (; seed < last && performance.now() - started < limit; seed += 1) {
  const history = await simulate(seed);
  totals.deployments += history.deployments;
  totals.crashes += history.crashes;
  totals.lasted += history.lasted;
  if (history.violations.length === 0) continue;
  const shortest = values.shrink ? await shrink(history) : history;
  process.stdout.write(`seed ${seed}: ${shortest.violations[0]}\n`);
  for (const moment of shortest.script) process.stdout.write(`  +${moment.after} ms  ${JSON.stringify(moment.action)}\n`);
  process.stdout.write(`replay: npm run simulate -- --seed ${seed}\n`);
  process.exit(1);
}
const count = seed - first;
const seconds = (performance.now() - started) / 1000;
const hours = totals.lasted / 3_600_000;
const result = { seeds: count, from: first, violations: 0, seconds, seeds_per_second: count / seconds, ...totals, simulated_hours: hours };
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else
  process.stdout.write(
    `${count} seeds, no violation; ${totals.deployments} deployments, ${totals.crashes} crashes of the engine, ${hours.toFixed(1)} hours simulated; ${(count / seconds).toFixed(0)} seeds per second\n`,
  );
if (values.write !== undefined) writeFileSync(values.write, page());

/** Read before the run: what is committed meanwhile was not simulated. */
function describeCommit(): string {
  const git = (...args: readonly string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--', 'src/base', 'src/decide', 'src/engine', 'src/model', 'src/ports', 'test/simulation');
  return `${git('rev-parse', 'HEAD')}${changed === '' ? '' : ' with changes that are not committed'}`;
}

function page(): string {
  const [processor] = cpus();
  const rows = [
    ['seeds', `${first} to ${seed - 1} (${count})`],
    ['violations', '0'],
    ['deployments', String(totals.deployments)],
    ['crashes of the engine', String(totals.crashes)],
    ['simulated hours', hours.toFixed(1)],
    ['seconds', seconds.toFixed(0)],
    ['seeds a second', (count / seconds).toFixed(1)],
    ['commit', commit],
    ['machine', `${processor?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores (one used), Node.js ${process.version}`],
  ];
  const table = [['', 'value'], ['---', '---'], ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
  return `<!-- Written by \`npm run simulate -- --write docs/simulation.md\`; changes by hand are lost. -->

# What the simulation has seen

The engine, with its real decisions, loops, supervisor and director, lives on fakes and a clock that is moved by hand through histories drawn
from a seed: deploys, supersedes, scaling, restarts, rollbacks, aborts and removals; instances that are slow, never ready, crash, ignore SIGTERM or
cannot start; kills; crashes of the engine between any two of its effects; stores that refuse; gateways that do not answer or answer too late; and
news of instances that arrives late or old. The rules are in \`test/simulation/rules.ts\`; the faults planted to show that they bite are in
\`test/simulation/patches/\`. What is simulated proves nothing about a real machine: \`test/e2e/crash.test.ts\` kills real processes.

${table}

Repeat any history with \`npm run simulate -- --seed N\`.
`;
}
