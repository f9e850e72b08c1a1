// `npm run security [-- --guards] [-- --only CLASS]… [-- --weak]`: every guard of src/platform/guard, and the scan for secrets, against corpora in test/corpus, then every class
// of attacks against a running house (the built one). Exit code 1 if an attack passed or something harmless was refused. `--guards`: without a house.
// `--weak`: against a copy of the house with holes planted in it, where every class that has one must notice.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { Arena } from './assault/arena.ts';
import type { Assaulted } from './assault/attack.ts';
import { assault } from './assault/attack.ts';
import { classes } from './assault/list.ts';
import { plants, weakened } from './assault/plants.ts';
import { corpusRow, guards, tryGuard } from './trial.ts';

const { values } = parseArgs({
  options: {
    guards: { type: 'boolean', default: false },
    weak: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
  },
});
const built = fileURLToPath(new URL('../../dist/main/daemon.js', import.meta.url));
const chosen = classes.filter(({ name }) => values.only === undefined || values.only.some((part) => name.includes(part)));
const planted = new Set(plants.map(({ noticedBy }) => noticedBy));

const results: Assaulted[] = [];
if (values.only === undefined && !values.weak)
  for (const guard of guards) {
    results.push(corpusRow(await tryGuard(guard)));
    results.slice(-1).forEach(tell);
  }
if (!values.guards) await againstHouse();
print(results);
process.exit(values.weak ? unnoticed() : wrong());

async function againstHouse(): Promise<void> {
  const weak = values.weak ? await weakened() : undefined;
  const program = weak?.program ?? (existsSync(built) ? built : undefined);
  console.log(`the house under attack: ${values.weak ? 'a copy with holes planted in it' : (program ?? 'the sources')}`);
  const arena = await Arena.open({ program });
  try {
    for (const one of values.weak ? chosen.filter(({ name }) => planted.has(name)) : chosen) {
      const started = performance.now();
      const row = await assault(arena, one, values.weak ? 1 : undefined);
      results.push(row);
      console.log(`${one.name}: ${((performance.now() - started) / 1_000).toFixed(1)} s`);
      tell(row);
    }
  } finally {
    await arena[Symbol.asyncDispose]();
    await weak?.close();
  }
}

function print(rows: readonly Assaulted[]): void {
  const head = ['guard or class', 'attacks tried', 'blocked', 'passed', 'harmless tried', 'false alarms'];
  const table = new Table({ head, style: { head: [], border: [] }, colAligns: ['left', 'right', 'right', 'right', 'right', 'right'] });
  const row = (name: string, attacks: number, passed: number, benign: number, alarms: number) =>
    table.push([name, attacks, attacks - passed, passed, benign, alarms]);
  const sum = (count: (one: Assaulted) => number) => rows.reduce((total, one) => total + count(one), 0);
  for (const one of rows) row(one.name, one.attacks, one.passed.length, one.benign, one.falseAlarms.length);
  row(
    'all',
    sum((one) => one.attacks),
    sum((one) => one.passed.length),
    sum((one) => one.benign),
    sum((one) => one.falseAlarms.length),
  );
  console.log(table.toString());
}

function tell({ name, passed, falseAlarms }: Assaulted): void {
  for (const one of passed) console.log(`passed: ${name}: ${one.name}: ${one.seen.slice(0, 600)}`);
  for (const one of falseAlarms) console.log(`false alarm: ${name}: ${one.name}: ${one.seen.slice(0, 600)}`);
}

function wrong(): number {
  return results.some((one) => one.passed.length + one.falseAlarms.length > 0) ? 1 : 0;
}

function unnoticed(): number {
  const blind = plants.filter(({ noticedBy }) => !results.some(({ name, passed }) => name === noticedBy && passed.length > 0));
  for (const { name, noticedBy } of blind) console.log(`not noticed by ${noticedBy}: ${name}`);
  return blind.length > 0 ? 1 : 0;
}
