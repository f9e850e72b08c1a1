// A report for people: rows of a table, and a section of a page that is kept between markers and never edited by hand.
import { formatBytes } from '../../base/units.ts';
import type { BenchReport, Contestant, Ratio, Target } from './report.ts';
import { isMet } from './report.ts';

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One row a contestant, then one a ratio. */
export function tableOf({ contestants, ratios }: BenchReport): Table {
  const head = ['WHAT', 'MEDIAN', 'FROM – TO', 'SAMPLES', 'TARGET'];
  return { head, rows: [...contestants.map(contestantRow), ...ratios.map(ratioRow)] };
}

function contestantRow(one: Contestant): readonly string[] {
  if (one.absent !== undefined || one.median === undefined)
    return [one.name, `absent: ${one.absent ?? 'nothing was measured'}`, '', '', ''];
  const span = one.samples.length < 2 ? '' : `${number(Math.min(...one.samples))} – ${number(Math.max(...one.samples))}`;
  return [one.name, `${number(one.median)} ${one.unit}`.trim(), span, String(one.samples.length), targetText(one)];
}

function ratioRow(one: Ratio): readonly string[] {
  const { low, high, confidence } = one.interval;
  const span = Number.isNaN(confidence) ? 'one round' : `${number(low)} – ${number(high)} (${Math.floor(confidence * 100)} %)`;
  return [one.name, `${number(one.median)} ×`, span, '', targetText(one)];
}

function targetText(one: { readonly median?: number; readonly target?: Target }): string {
  if (one.target === undefined) return '';
  const verdict = { true: ' met', false: ' MISSED', undefined: '' }[String(isMet(one)) as 'true' | 'false' | 'undefined'];
  return `${one.target.kind === 'at_most' ? '≤' : '≥'} ${number(one.target.value)}${verdict}`;
}

/** Three significant digits, more where the number itself has them before the point. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

const pageHead = `# Benchmarks

Each section was written by \`codectl bench NAME --write docs/benchmarks.md\` from its own measurements. Intervals are distribution-free intervals of
the median (order statistics) with the coverage that they really have. Where the load was above the number of cores, others were at work on the same
machine: contestants took turns, so trust the ratios more than the times.
`;

/** The page with this bench's section replaced, or appended where it has none yet. With a label it is a section of its own, which others leave alone. */
export function withSection(page: string | undefined, report: BenchReport, label?: string): string {
  const name = label === undefined ? report.bench : `${report.bench}: ${label}`;
  const begin = `<!-- bench ${name} -->`;
  const end = `<!-- end of bench ${name} -->`;
  const section = `${begin}\n${sectionOf(report, name)}\n${end}\n`;
  const old = page ?? pageHead;
  const from = old.indexOf(begin);
  const to = old.indexOf(end, from);
  if (from === -1 || to === -1) return `${old.trimEnd()}\n\n${section}`;
  return `${old.slice(0, from)}${section}${old.slice(to + end.length).replace(/^\n/, '')}`;
}

/** As pages have it. */
export function markdownTable({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function sectionOf(report: BenchReport, name: string): string {
  const { machine } = report;
  const parameters = Object.entries(report.parameters).map(([name, value]) => `${name} ${value}`);
  return [
    `## ${name}`,
    '',
    `${report.at.slice(0, 10)} · ${machine.cpu}, ${machine.cores} cores (load ${number(machine.load)} in the last minute), ${formatBytes(machine.memory)} · ${machine.system} · Node.js ${machine.node} · ${parameters.join(', ')}`,
    '',
    markdownTable(tableOf(report)),
    ...(report.notes.length === 0 ? [] : ['', ...report.notes.map((note) => `- ${note}`)]),
  ].join('\n');
}
