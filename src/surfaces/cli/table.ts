// Tables for people: columns that line up, whatever the width of their characters, without frames.
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import type { Paint } from './out.ts';

const edges = 'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid';
const frameless = { ...Object.fromEntries(edges.split(' ').map((edge) => [edge, ''])), middle: '  ' };

/** Lines without trailing space; no line at all for no rows. A table wider than `columns` becomes a block for each row: wrapped rows cannot be read. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[], paint: Paint, columns?: number): string {
  if (rows.length === 0) return '';
  const wide = wideText(head, rows, paint);
  const isTooWide = wide.split('\n').some((line) => stripVTControlCharacters(line).length > (columns ?? Number.POSITIVE_INFINITY));
  return isTooWide ? rows.map((row) => blockText(head, row, paint)).join('\n') : wide;
}

/** The first cell, and below it the others that say something, each behind its title. */
function blockText([, ...titles]: readonly string[], [first = '', ...others]: readonly string[], paint: Paint): string {
  const width = Math.max(...titles.map((title) => title.length));
  const lines = others.flatMap((cell, at) => (cell === '' ? [] : [`  ${paint('dim', (titles[at] ?? '').padEnd(width))}  ${cell}`]));
  // Without a name of its own it goes on with what stands above: a second release of one route.
  return [...(first === '' ? [] : [first]), ...lines].join('\n');
}

function wideText(head: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
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
