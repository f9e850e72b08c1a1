// Reads one number from any program that answers HTTP: the number itself as text or JSON, or JSON with a member `value`.
import type { Duration } from '../../../base/units.ts';
import { parseJson } from '../../../platform/guard/document/json.ts';
import type { Outbound } from '../../../platform/guard/network/outbound.ts';
import { call } from '../../../platform/http/call.ts';
import type { MetricAnswer } from '../../../ports/metrics.ts';

const timeout: Duration = 5_000;
const most = 65_536;
const limits = { size: most, depth: 10, values: 10_000 };

export async function readWebhook({ url }: { readonly url: string }, outbound: Outbound, signal: AbortSignal): Promise<MetricAnswer> {
  const headers = { accept: 'application/json, text/plain' };
  const got = await call({ method: 'GET', url, headers, timeout, most, redirects: 3 }, outbound, signal);
  if (got.kind === 'broken') return { kind: 'failed', because: `the webhook does not answer: ${got.because}` };
  if (got.status !== 200) return { kind: 'failed', because: `the webhook answered ${got.status}` };
  const value = numberIn(got.text);
  return value === undefined ? { kind: 'failed', because: 'the webhook answered without a number' } : { kind: 'value', value };
}

/** Nothing, or text that only begins like a number, is none. */
function numberIn(text: string): number | undefined {
  try {
    const said: unknown = parseJson(text, limits, 'the answer');
    const value = typeof said === 'object' && said !== null && 'value' in said ? said.value : said;
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
