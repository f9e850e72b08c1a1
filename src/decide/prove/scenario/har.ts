// A recording of a browser (HAR 1.2) as a scenario: the requests to one host, in their order, without what identifies whoever recorded it.
import { CodeError } from '../../../base/errors.ts';
import { median } from '../../median.ts';
import type { Draft, DraftStep, Imported } from './imported.ts';
import { imported, isRecord, listIn, mostSteps, requestText } from './imported.ts';
import { problemWith } from './read.ts';

/** Headers that change what is answered; credentials and traces of a browser stay behind. */
const carried: ReadonlySet<string> = new Set(['accept', 'accept-language', 'content-type', 'x-requested-with']);

interface Recorded {
  readonly host: string;
  readonly step: DraftStep;
  readonly at: number;
}

/** `host`: absent: that of the first request. Errors: `input_invalid` for what is no recording. */
export function scenarioFromHar(document: unknown, file: string, host: string | undefined): Imported {
  const log = isRecord(document) ? document['log'] : undefined;
  if (!isRecord(log) || !Array.isArray(log['entries']))
    throw new CodeError('input_invalid', `${file} is no recording of a browser: it has no log.entries.`, {
      hint: 'Export one as HAR from its network tab.',
    });
  const entries = listIn(log['entries']);
  const recorded = entries.flatMap((one) => recordedOf(one) ?? []);
  const wanted = host ?? recorded[0]?.host;
  const own = recorded.filter((one) => one.host === wanted);
  const notes = [
    ...left(entries.length - recorded.length, 'cannot be written as a step'),
    ...left(recorded.length - own.length, `went to other hosts than ${wanted}`),
    ...left(Math.max(0, own.length - mostSteps), `are more than the ${mostSteps} steps of one flow`),
    'Cookies and authorization were left out: give the headers that your application needs.',
  ];
  const kept = own.slice(0, mostSteps);
  const gaps = kept.slice(1).map(({ at }, index) => Math.max(0, at - (kept[index]?.at ?? at)));
  // As the middle pause of the recording; a page's own requests follow on each other at once.
  const think = gaps.length === 0 ? 0 : Math.min(3_600_000, Math.round(median(gaps)));
  const flows: Draft['flows'] =
    kept.length === 0 ? {} : { recorded: { ...(think > 0 && { think: `${think}ms` }), steps: kept.map(({ step }) => step) } };
  return imported({ flows }, notes, file);
}

function left(count: number, why: string): readonly string[] {
  return count > 0 ? [`${count} ${count === 1 ? 'request' : 'requests'} left out: ${why}.`] : [];
}

function recordedOf(entry: unknown): Recorded | undefined {
  const request = isRecord(entry) ? entry['request'] : undefined;
  if (!isRecord(entry) || !isRecord(request)) return undefined;
  const url = URL.parse(String(request['url']));
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  // A brace would stand for a value.
  const text = requestText(request['method'], `${url.pathname}${url.search}`.replaceAll('{', '%7B').replaceAll('}', '%7D'));
  const body = bodyOf(request['postData']);
  if (text === undefined || body === null) return undefined;
  const at = Date.parse(String(entry['startedDateTime']));
  const headers = headersOf(request['headers']);
  const step = { request: text, ...(headers && { headers }), ...(body !== undefined && { body }), ...expectOf(entry['response']) };
  if (problemWith({ flows: { one: { steps: [step] } } }) !== undefined) return undefined;
  return { host: url.hostname, step, at: Number.isNaN(at) ? 0 : at };
}

/** `null`: it cannot be sent as text as it is. */
function bodyOf(post: unknown): string | undefined | null {
  if (!isRecord(post)) return undefined;
  const { text } = post;
  if (typeof text !== 'string') return null;
  return /\{[a-z][a-z0-9_]{0,39}\}/.test(text) || text.length > 1_000_000 ? null : text;
}

function headersOf(list: unknown): Record<string, string> | undefined {
  const pairs = listIn(list).flatMap((one): [string, string][] => {
    if (!isRecord(one)) return [];
    const [name, value] = [String(one['name']).toLowerCase(), String(one['value'])];
    return carried.has(name) && /^[ -~]{0,2000}$/.test(value) && !/[{}]/.test(value) ? [[name, value]] : [];
  });
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function expectOf(response: unknown): { readonly expect?: { readonly status: number } } {
  const status = isRecord(response) ? response['status'] : undefined;
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599 ? { expect: { status } } : {};
}
