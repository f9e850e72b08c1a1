// `npm run security`: every guard of src/platform/guard, and the scan for secrets, against its corpora in test/corpus. Exit code 1 if an attack passed or something harmless was refused.
import Table from 'cli-table3';
import type { Line } from './corpus.ts';
import type { Tried } from './trial.ts';
import { guards, tryGuard } from './trial.ts';

const results: Tried[] = [];
for (const guard of guards) results.push(await tryGuard(guard));

const head = ['guard', 'attacks tried', 'blocked', 'passed', 'benign tried', 'false alarms'];
const table = new Table({ head, style: { head: [], border: [] }, colAligns: ['left', 'right', 'right', 'right', 'right', 'right'] });
const sum = (count: (one: Tried) => number): number => results.reduce((total, one) => total + count(one), 0);
for (const { guard, attacks, passed, benign, falseAlarms } of results)
  table.push([guard, attacks, attacks - passed.length, passed.length, benign, falseAlarms.length]);
const wrong = { passed: sum((one) => one.passed.length), alarms: sum((one) => one.falseAlarms.length) };
const attacks = sum((one) => one.attacks);
table.push(['all', attacks, attacks - wrong.passed, wrong.passed, sum((one) => one.benign), wrong.alarms]);
console.log(table.toString());

const show = (guard: string, side: string, what: string, lines: readonly Line[]): void => {
  for (const { number, text } of lines) console.log(`${what}: test/corpus/${guard}/${side}.txt:${number}: ${text.slice(0, 200)}`);
};
for (const { guard, passed, falseAlarms } of results) {
  show(guard, 'attack', 'passed', passed);
  show(guard, 'benign', 'false alarm', falseAlarms);
}
process.exit(wrong.passed + wrong.alarms > 0 ? 1 : 0);
