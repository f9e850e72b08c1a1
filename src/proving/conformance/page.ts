// The page of what was measured, runtime by runtime, and the record that it is made from.
import { z } from 'zod';
import { CodeError } from '../../base/errors.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import type { Machine } from '../../platform/measure.ts';
import { markdownTable } from '../bench/show.ts';
import type { Behaviour, Cell } from './matrix.ts';
import { suites } from './suites.ts';

/** What one run measured of one runtime. */
export interface Column {
  readonly runtime: string;
  /** ISO 8601. */
  readonly at: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly seconds: number;
  /** Of those that bear an id. */
  readonly tests: { readonly passed: number; readonly failed: number; readonly skipped: number };
  /** By id. */
  readonly cells: Readonly<Record<string, Cell>>;
}

export interface Conformance {
  readonly behaviours: readonly Behaviour[];
  readonly columns: readonly Column[];
}

const columns = z.looseObject({
  columns: z.array(
    z.looseObject({
      runtime: z.string(),
      at: z.string(),
      commit: z.string(),
      machine: z.object({ cpu: z.string(), cores: z.number(), memory: z.number(), load: z.number(), system: z.string(), node: z.string() }),
      seconds: z.number(),
      tests: z.object({ passed: z.number(), failed: z.number(), skipped: z.number() }),
      cells: z.record(
        z.string(),
        z.union([
          z.object({ state: z.literal('met'), tests: z.number(), repeated: z.number().optional() }),
          z.object({ state: z.enum(['not_met', 'not_measured']), because: z.string() }),
        ]),
      ),
    }),
  ),
});

/** What was measured now, and beside it what an earlier run measured of other runtimes. Errors: `input_invalid` for a record that is none. */
export function beside(record: string | undefined, now: Conformance): Conformance {
  const before = record === undefined ? [] : read(record);
  const measured = new Map([...before, ...now.columns].map((one) => [one.runtime, one]));
  return { ...now, columns: suites.flatMap(({ runtime }) => measured.get(runtime) ?? []) };
}

function read(record: string): readonly Column[] {
  try {
    return columns.parse(JSON.parse(record)).columns;
  } catch (cause) {
    throw new CodeError('input_invalid', 'The record of what was measured before cannot be read.', {
      hint: 'It lies beside the page, as .json; remove it to measure every runtime anew.',
      cause,
    });
  }
}

export function cellIn({ cells }: Column, { id }: Behaviour): Cell {
  return cells[id] ?? { state: 'not_measured', because: 'it was not in the catalogue when this runtime was measured' };
}

/** How many of each state. */
export function countsOf(column: Column, behaviours: readonly Behaviour[]): Readonly<Record<Cell['state'], number>> {
  const counts = { met: 0, not_met: 0, not_measured: 0 };
  for (const one of behaviours) counts[cellIn(column, one).state] += 1;
  return counts;
}

export function isUnmet({ behaviours, columns }: Conformance): boolean {
  return columns.some((column) => countsOf(column, behaviours).not_met > 0);
}

/** A row for each behaviour, and then how many there are of each state. */
export function tableOfConformance({ behaviours, columns }: Conformance) {
  const rows = behaviours.map((one) => [one.id, ...columns.map((column) => cellIn(column, one).state)]);
  const counted = columns.map((column) => countsOf(column, behaviours));
  const sums = (['met', 'not_met', 'not_measured'] as const).map((state) => [state, ...counted.map((one) => String(one[state]))]);
  return { head: ['ID', ...columns.map(({ runtime }) => runtime)], rows: [...rows, ...sums] };
}

/** Why something is not met, or not measured, with all that it is true of: `docker, not_measured, R-06, R-08: …`. */
export function reasonsOf({ behaviours, columns }: Conformance): readonly string[] {
  return columns.flatMap((column) => {
    const found = behaviours.flatMap((one) => {
      const text = reasonOf(cellIn(column, one));
      return text === undefined ? [] : [{ id: one.id, text }];
    });
    const grouped = Object.entries(Object.groupBy(found, ({ text }) => text)).map(([text, all = []]) => {
      const [state = '', because = ''] = text.split('\n');
      return { state, line: `${column.runtime}, ${state}, ${all.map(({ id }) => id).join(', ')}: ${because}` };
    });
    // What does not hold comes first.
    return grouped.toSorted((a, b) => Number(b.state === 'not_met') - Number(a.state === 'not_met')).map(({ line }) => line);
  });
}

/** Undefined where there is nothing to say. */
function reasonOf(cell: Cell): string | undefined {
  if (cell.state !== 'met') return `${cell.state}\n${cell.because}`;
  return cell.repeated ? 'met\nonly when what had failed beside others was run again, alone' : undefined;
}

const head = `<!-- Written by \`codectl bench conformance --write docs/conformance.md\`; changes by hand are lost. -->

# Conformance

Behaviours that peers publish (their tests, their defects, their documentation), restated in \`test/replay/catalogue.ts\`, and what running the tests of
each showed on each runtime. **met**: every test of it ran there and passed. **not_met**: one failed. **not_measured**: one or all of them did not run
there, for the reason below; that is never a pass. What failed was run once more, alone; where it passed then, that is said. A column that was measured apart from the others says when and at which commit.
`;

export function pageOf(conformance: Conformance): string {
  const { behaviours, columns: all } = conformance;
  const names = all.map(({ runtime }) => runtime);
  const rows = behaviours.map((one) => [one.id, one.title, ...all.map((column) => shown(cellIn(column, one)))]);
  const about = suites.filter(({ runtime }) => names.includes(runtime)).map((one) => `- **${one.runtime}**: ${one.about}`);
  return [
    head,
    markdownTable({
      head: ['runtime', 'met', 'not_met', 'not_measured', 'tests passed, failed, skipped', 'measured', 'commit', 'took', 'machine'],
      rows: all.map((one) => provenance(one, behaviours)),
    }),
    '',
    ...about,
    '',
    markdownTable({ head: ['id', 'behaviour', ...names], rows }),
    '',
    '## Why not',
    '',
    ...reasonsOf(conformance).map((one) => `- ${one}`),
    '',
  ].join('\n');
}

function provenance(column: Column, behaviours: readonly Behaviour[]): readonly string[] {
  const { runtime, at, commit, machine, seconds, tests } = column;
  const { met, not_met: failed, not_measured: unknown } = countsOf(column, behaviours);
  return [
    runtime,
    ...[met, failed, unknown].map(String),
    `${tests.passed}, ${tests.failed}, ${tests.skipped}`,
    at.slice(0, 10),
    commit.replace(/^[0-9a-f]{40}/, (whole) => whole.slice(0, 7)),
    formatDuration(Math.round(seconds) * 1_000),
    `${machine.cpu}, ${machine.cores} cores, ${formatBytes(machine.memory)}, ${machine.system}, Node.js ${machine.node}`,
  ];
}

function shown({ state }: Cell): string {
  return state === 'not_met' ? '**not_met**' : state;
}
