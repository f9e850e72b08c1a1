// Prometheus text format 0.0.4: families, samples, histograms.
export type Labels = Readonly<Record<string, string>>;

export interface Histogram {
  readonly bounds: readonly number[];
  /** Not cumulative, one for each bound. */
  readonly counts: readonly number[];
  readonly total: number;
  readonly sum?: number;
}

export function histogram(name: string, labels: Labels, { bounds: limits, counts, total, sum }: Histogram): readonly string[] {
  let below = 0;
  const buckets = limits.flatMap((bound, index) => {
    below += counts[index] ?? 0;
    return Number.isFinite(bound) ? [sample(`${name}_bucket`, { ...labels, le: String(bound) }, below)] : [];
  });
  return [
    ...buckets,
    sample(`${name}_bucket`, { ...labels, le: '+Inf' }, total),
    ...(sum === undefined ? [] : [sample(`${name}_sum`, labels, sum)]),
    sample(`${name}_count`, labels, total),
  ];
}

export function family(name: string, type: string, help: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

export function sample(name: string, labels: Labels, value: number): string {
  const text = Object.entries(labels)
    .map(([key, label]) => `${key}="${label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`)
    .join(',');
  return `${name}${text === '' ? '' : `{${text}}`} ${value}`;
}
