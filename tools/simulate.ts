// `npm run simulate -- --seeds N [--from S] [--seed S]`: lives through N random histories; on a violation prints the seed, the shortest history and how to replay it.
import { parseArgs } from 'node:util';
import { shrink, simulate } from '../test/simulation/simulate.ts';

const { values } = parseArgs({
  allowNegative: true,
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: true },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const started = performance.now();
const totals = { deployments: 0, crashes: 0, lasted: 0 };

for (let seed = first; seed < first + count; seed += 1) {
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
const seconds = (performance.now() - started) / 1000;
const result = {
  seeds: count,
  from: first,
  violations: 0,
  seconds,
  seeds_per_second: count / seconds,
  ...totals,
  simulated_hours: totals.lasted / 3_600_000,
};
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else
  process.stdout.write(
    `${count} seeds, no violation; ${totals.deployments} deployments, ${totals.crashes} crashes of the engine, ${(totals.lasted / 3_600_000).toFixed(1)} hours simulated; ${(count / seconds).toFixed(0)} seeds per second\n`,
  );
