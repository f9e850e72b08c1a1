// Plots as SVG, from exhibits alone: latency over time, histograms, recovery, throughput over replicas. No script, nothing loaded.

import { escaped } from '../../../base/markup.ts';
import type { PhaseExhibit } from '../../../model/proving/load.ts';
import { topOf } from '../../prove/buckets.ts';

const [width, height, left, bottom] = [720, 180, 56, 24] as const;

export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Band {
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

interface Frame {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  readonly bands?: readonly Band[];
  /** Columns instead of lines. */
  readonly columns?: true;
}

/** Latency of each window, with those marked in which something failed. */
export function latencyPlot(title: string, phase: PhaseExhibit, bands: readonly Band[] = []): string {
  const at = (of: 'p50' | 'p99') => phase.windows.flatMap((one) => (one[of] === undefined ? [] : [[one.at / 1000, one[of]] as const]));
  const failed = phase.windows.filter((one) => one.failed > 0);
  const marks = failed.map(({ at: from }): Band => ({ from: from / 1000, to: (from + phase.windowWidth) / 1000, name: '' }));
  return plot({
    title,
    x: 's',
    y: 'ms',
    bands: [...bands, ...marks],
    series: [
      { name: 'p50', colour: '#0969da', points: at('p50') },
      { name: 'p99', colour: '#cf222e', points: at('p99') },
    ],
  });
}

/** Answers by how long they took, in 40 columns of equal ratio. */
export function histogramPlot(title: string, { latency }: PhaseExhibit): string {
  const columns = 40;
  const [least, most] = [Math.max(1, latency.min), Math.max(2, latency.max)];
  const step = (Math.log(most) - Math.log(least)) / columns || 1;
  const counts = Array.from({ length: columns }, () => 0);
  for (const [index, count] of latency.counts) {
    const at = Math.floor((Math.log(Math.max(least, topOf(index))) - Math.log(least)) / step);
    const column = Math.min(columns - 1, Math.max(0, at));
    counts[column] = (counts[column] ?? 0) + count;
  }
  const points = counts.map((count, at) => [Math.exp(Math.log(least) + at * step) / 1000, count] as const);
  return plot({ title, x: 'ms', y: 'answers', columns: true, series: [{ name: 'answers', colour: '#0969da', points }] });
}

export function plot({ title, x, y, series, bands = [], columns }: Frame): string {
  const all = series.flatMap(({ points }) => points);
  if (all.length === 0) return '';
  const xs = [...all.map(([at]) => at), ...bands.flatMap(({ from, to }) => [from, to])];
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  const y1 = Math.max(...all.map(([, value]) => value)) || 1;
  const atX = (value: number) => left + ((value - x0) / (x1 - x0 || 1)) * (width - left - 8);
  const atY = (value: number) => 20 + (1 - value / y1) * (height - 20 - bottom);
  const label = (text: string, [px, py]: readonly [number, number], anchor = 'start') =>
    `<text x="${px.toFixed(1)}" y="${py.toFixed(1)}" text-anchor="${anchor}">${escaped(text)}</text>`;
  const drawn = series.map(({ points, colour }) => (columns ? columnsOf(points, colour) : line(points, colour)));
  return [
    `<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}"><g font-size="11" fill="#57606a">`,
    label(title, [left, 12]),
    ...series.map(
      ({ name, colour }, at) => `<text x="${width - 8 - at * 60}" y="12" text-anchor="end" fill="${colour}">${escaped(name)}</text>`,
    ),
    label(`${short(y1)} ${y}`, [left - 4, 26], 'end'),
    label('0', [left - 4, atY(0)], 'end'),
    label(`${short(x0)} ${x}`, [left, height - 6]),
    label(`${short(x1)} ${x}`, [width - 8, height - 6], 'end'),
    '</g>',
    ...bands.map(({ from, to, name }) => {
      const wide = Math.max(1, atX(to) - atX(from)).toFixed(1);
      return `<rect x="${atX(from).toFixed(1)}" y="20" width="${wide}" height="${height - 20 - bottom}" fill="#cf222e" opacity="0.12"><title>${escaped(name)}</title></rect>`;
    }),
    `<path d="M${left} 20V${height - bottom}H${width - 8}" fill="none" stroke="#8c959f"/>`,
    ...drawn,
    '</svg></figure>',
  ].join('');

  function line(points: Series['points'], colour: string): string {
    const path = points.map(([px, py], at) => `${at === 0 ? 'M' : 'L'}${atX(px).toFixed(1)} ${atY(py).toFixed(1)}`).join('');
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
  }

  function columnsOf(points: Series['points'], colour: string): string {
    const each = (width - left - 8) / points.length;
    return points
      .map(
        ([, py], at) =>
          `<rect x="${(left + at * each).toFixed(1)}" y="${atY(py).toFixed(1)}" width="${(each - 1).toFixed(1)}" height="${(atY(0) - atY(py)).toFixed(1)}" fill="${colour}"/>`,
      )
      .join('');
  }
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
