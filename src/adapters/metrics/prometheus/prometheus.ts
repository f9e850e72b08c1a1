// Reads one number from Prometheus by an instant query (HTTP API v1, /api/v1/query).
import type { Duration } from '../../../base/units.ts';
import { parseJson } from '../../../platform/guard/document/json.ts';
import type { Outbound } from '../../../platform/guard/network/outbound.ts';
import { call } from '../../../platform/http/call.ts';
import type { MetricAnswer } from '../../../ports/metrics.ts';

export interface PrometheusQuery {
  readonly url: string;
  readonly query: string;
}

const timeout: Duration = 5_000;
const most = 1_048_576;
/** Data, results, one of them, its value. */
const limits = { size: most, depth: 10, values: 200_000 };
/** What it says of an error is kept and shown; it may say much. */
const longestReason = 200;

/** A query that gives nothing has failed: a metric that nobody exports is no zero. */
export async function readPrometheus({ url, query }: PrometheusQuery, outbound: Outbound, signal: AbortSignal): Promise<MetricAnswer> {
  const address = `${url.replace(/\/+$/, '')}/api/v1/query?${new URLSearchParams({ query }).toString()}`;
  const got = await call({ method: 'GET', url: address, timeout, most, redirects: 3 }, outbound, signal);
  if (got.kind === 'broken') return failed(`Prometheus does not answer: ${got.because}`);
  const answer = parse(got.text);
  if (answer?.status !== 'success')
    return failed(
      `Prometheus answered ${got.status}${typeof answer?.error === 'string' ? `: ${answer.error.slice(0, longestReason)}` : ''}`,
    );
  const values = valuesOf(answer);
  const [value] = values;
  if (value === undefined) return failed('the query gives no value');
  if (values.length > 1) return failed(`the query gives ${values.length} values, expected one: use sum(…)`);
  return Number.isFinite(value) ? { kind: 'value', value } : failed('the query gives no finite number');
}

function valuesOf({ data }: Answer): readonly number[] {
  const { resultType, result } = data ?? {};
  if (!Array.isArray(result)) return [];
  if (resultType === 'scalar') return [Number(result[1])];
  return result.map((one: unknown) => (isSample(one) ? Number(one.value[1]) : Number.NaN));
}

interface Answer {
  readonly status?: string;
  readonly error?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown } | null;
}

function parse(text: string): Answer | undefined {
  try {
    const value: unknown = parseJson(text, limits, 'the answer');
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isSample(one: unknown): one is { readonly value: readonly [number, string] } {
  return typeof one === 'object' && one !== null && 'value' in one && Array.isArray(one.value);
}

function failed(because: string): MetricAnswer {
  return { kind: 'failed', because };
}
