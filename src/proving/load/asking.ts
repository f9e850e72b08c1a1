// A request as it is sent again and again: its bytes made once, and what of its answer is good.
import type { LoadCheck, LoadRequest } from '../../model/proving/scenario.ts';
import type { Outgoing } from '../../platform/load/flight.ts';
import type { AnswerHead } from '../../platform/load/head.ts';
import { fieldOf, lastFieldOf } from '../../platform/load/head.ts';
import type { Labels } from './tally.ts';

export interface Asking {
  readonly name: string;
  readonly weight: number;
  readonly outgoing: Outgoing;
  /** Why an answer does not count; undefined: it does. */
  readonly failureIn: (head: AnswerHead, body: string) => string | undefined;
}

/** Tells the gateway that whoever asks is its own load: it answers with the release and the instance that served. */
const telling = 'x-code-tell: instance';

export function askingOf(request: LoadRequest, keepAlive: boolean): Asking {
  const { name, weight = 1, method, protocol = 'http', checks = [] } = request;
  const keepsBody = checks.some(({ kind }) => kind === 'contains' || kind === 'json');
  const message = protocol === 'websocket' ? request.body : undefined;
  const text = textOf(request, keepAlive && protocol === 'http');
  return {
    name,
    weight,
    outgoing: { text, bodiless: method === 'HEAD', keepsBody, protocol, ...(message !== undefined && { message }), heads: new Map() },
    failureIn: (head, body) => firstFailure(request, head, body),
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

function firstFailure({ protocol = 'http', checks = [] }: LoadRequest, head: AnswerHead, body: string): string | undefined {
  const saysStatus = checks.some(({ kind }) => kind === 'status');
  if (protocol === 'websocket' && head.status !== 101) return `${head.status} instead of a WebSocket`;
  if (!saysStatus && head.status >= 400) return `${head.status} ${fieldOf(head.text, 'x-code-reason') ?? ''}`.trim();
  const broken = checks.find((check) => !holds(check, head, body));
  if (broken?.kind === 'status') return `${head.status} ${fieldOf(head.text, 'x-code-reason') ?? ''}`.trim();
  return broken === undefined ? undefined : `check: ${checkText(broken)}`;
}

function holds(check: LoadCheck, head: AnswerHead, body: string): boolean {
  switch (check.kind) {
    case 'status':
      return check.is.includes(head.status);
    case 'contains':
      return body.includes(check.text);
    case 'header':
      return fieldOf(head.text, check.name.toLowerCase())?.includes(check.contains) === true;
    case 'json': {
      const found = memberAt(body, check.path);
      return check.is === undefined ? found !== undefined : found === check.is;
    }
  }
}

export function checkText(check: LoadCheck): string {
  switch (check.kind) {
    case 'status':
      return `the status is not ${check.is.join(' or ')}`;
    case 'contains':
      return `the body has no ${JSON.stringify(check.text)}`;
    case 'header':
      return `the header ${check.name} has no ${JSON.stringify(check.contains)}`;
    case 'json':
      return check.is === undefined ? `the body has no ${check.path}` : `${check.path} is not ${JSON.stringify(check.is)}`;
  }
}

/** As text; undefined where there is no such member, or no JSON. */
export function memberAt(body: string, path: string): string | undefined {
  try {
    let value: unknown = JSON.parse(body);
    for (const key of path.split('.')) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
      value = (value as Readonly<Record<string, unknown>>)[key];
    }
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return undefined;
  }
}

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
