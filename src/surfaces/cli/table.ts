// Tables for people: columns that line up, whatever the width of their characters, without frames.
import Table from 'cli-table3';
import type { Paint } from './out.ts';

const edges = 'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid';
const frameless = { ...Object.fromEntries(edges.split(' ').map((edge) => [edge, ''])), middle: '  ' };

/** Lines without trailing space; no line at all for no rows. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  if (rows.length === 0) return '';
  const table = new Table({ chars: frameless, style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] } });
  table.push(
    head.map((title) => paint('dim', title)),
    ...rows.map((row) => [...row]),
  );
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
