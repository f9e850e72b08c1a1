// A request as it is sent again and again: its bytes, made once where nothing in them changes, and what of its answer is good.
import type { Answer } from '../../../decide/prove/checks.ts';
import { captured, failureIn, readsBody } from '../../../decide/prove/checks.ts';
import type { LoadRequest } from '../../../model/proving/scenario.ts';
import { placeholder } from '../../../model/proving/scenario.ts';
import type { Outgoing } from '../../../platform/load/flight.ts';
import type { AnswerHead } from '../../../platform/load/head.ts';
import { fieldOf, lastFieldOf } from '../../../platform/load/head.ts';
import type { Labels } from './tally.ts';

/** What placeholders stand for in one visit. */
export type Values = Map<string, string>;

export interface Asking {
  readonly name: string;
  outgoing(values: Values): Outgoing;
  /** Why an answer does not count, undefined: it does; then what the next steps need was put into the values. */
  judge(head: AnswerHead, body: string, values: Values): string | undefined;
}

/** Tells the gateway that whoever asks is its own load: it answers with the release and the instance that served. */
const telling = 'x-code-tell: instance';

export function askingOf(request: LoadRequest, keepAlive: boolean): Asking {
  const { name, protocol = 'http' } = request;
  const known = { bodiless: request.method === 'HEAD', keepsBody: readsBody(request), protocol, heads: new Map() };
  const made = (filled: LoadRequest): Outgoing => ({
    ...known,
    text: textOf(filled, keepAlive && protocol === 'http'),
    ...(protocol === 'websocket' && filled.body !== undefined && { message: filled.body }),
  });
  const fixed = hasPlaceholders(request) ? undefined : made(request);
  return { name, outgoing: (values) => fixed ?? made(filledIn(request, values)), judge: judgeOf(request) };
}

function judgeOf(request: LoadRequest): Asking['judge'] {
  const captures = Object.entries(request.capture ?? {});
  return (head, body, values) => {
    const answer: Answer = { status: head.status, field: (name) => fieldOf(head.text, name), body };
    const failure = failureIn(request, answer);
    if (failure !== undefined) return failure;
    for (const [name, capture] of captures) {
      const value = captured(capture, answer);
      if (value === undefined) return `capture: the answer has no ${capture.from} ${capture.path}`;
      values.set(name, value);
    }
    return undefined;
  };
}

function hasPlaceholders({ path, headers = {}, body = '' }: LoadRequest): boolean {
  return [path, body, ...Object.values(headers)].some((text) => text.search(placeholder) !== -1);
}

/** What a value is written into decides how it is written: nothing that was captured may end a line or a text. */
function filledIn(request: LoadRequest, values: Values): LoadRequest {
  const fill = (text: string, written: (value: string) => string) =>
    text.replaceAll(placeholder, (whole, name: string) => (values.has(name) ? written(values.get(name) ?? '') : whole));
  const { path, headers = {}, body } = request;
  const plainBody = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type') || request.protocol === 'websocket';
  return {
    ...request,
    path: fill(path, encodeURIComponent),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [name, fill(text, (value) => value.replaceAll(/[^ -~]/g, ''))]),
    ),
    ...(body !== undefined && { body: fill(body, (value) => (plainBody ? value : JSON.stringify(value).slice(1, -1))) }),
  };
}

/** One character a byte. */
function textOf(request: LoadRequest, keepAlive: boolean): string {
  const { method, path, route, headers = {}, body, protocol = 'http' } = request;
  const bytes = body === undefined || protocol === 'websocket' ? undefined : Buffer.from(body);
  const own = Object.entries(headers).map(([key, value]) => `${key}: ${value}`);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: ${route}`,
    telling,
    ...own,
    ...contentLines(request, bytes),
    ...hopLines(protocol, keepAlive),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${bytes?.toString('latin1') ?? ''}`;
}

function contentLines({ headers = {}, protocol }: LoadRequest, bytes: Buffer | undefined): readonly string[] {
  const given = new Set(Object.keys(headers).map((one) => one.toLowerCase()));
  const accept = protocol === 'events' && !given.has('accept') ? ['accept: text/event-stream'] : [];
  if (bytes === undefined) return accept;
  return [...accept, ...(given.has('content-type') ? [] : ['content-type: application/json']), `content-length: ${bytes.length}`];
}

function hopLines(protocol: NonNullable<LoadRequest['protocol']>, keepAlive: boolean): readonly string[] {
  if (protocol === 'websocket') return upgrade;
  return keepAlive || protocol === 'events' ? [] : ['connection: close'];
}

/** The key of RFC 6455, 1.3: whether the other side hashes it well is not what is measured. */
const upgrade = ['connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='];

const labelled = new WeakMap<AnswerHead, Labels>();

export function labelsOf(head: AnswerHead): Labels {
  const known = labelled.get(head);
  if (known !== undefined) return known;
  const release = lastFieldOf(head.text, 'x-code-release');
  const instance = lastFieldOf(head.text, 'x-code-instance');
  const labels = { ...(release !== undefined && { release }), ...(instance !== undefined && { instance }) };
  labelled.set(head, labels);
  return labels;
}
