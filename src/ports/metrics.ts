// The socket for numbers that other systems know: the length of a queue, the result of a query.
import type { MetricSource } from '../model/scale.ts';

export interface Metrics {
  /** One number, now. Never throws but for the signal; a source that gives none, or several, has failed. */
  read(source: MetricSource, signal: AbortSignal): Promise<MetricAnswer>;
}

export type MetricAnswer =
  | { readonly kind: 'value'; readonly value: number }
  /** One sentence without the address's credentials. */
  | { readonly kind: 'failed'; readonly because: string };
