// What makes an answer a good one, and whether a check could tell a wrong one at all.
import type { LoadCapture, LoadCheck, LoadRequest } from '../../model/proving/scenario.ts';

/** An answer as checks see it. */
export interface Answer {
  readonly status: number;
  /** `name` in lower case. */
  readonly field: (name: string) => string | undefined;
  /** Empty where no check asks for it. */
  readonly body: string;
}

/** What is wrong with an answer; undefined: it is good. */
export function failureIn(
  { protocol = 'http', checks = [] }: Pick<LoadRequest, 'protocol' | 'checks'>,
  answer: Answer,
): string | undefined {
  if (protocol === 'websocket' && answer.status !== 101) return `${answer.status} instead of a WebSocket`;
  const saysStatus = checks.some(({ kind }) => kind === 'status');
  if (!saysStatus && answer.status >= 400) return statusText(answer);
  const broken = checks.find((check) => !holds(check, answer));
  if (broken === undefined) return undefined;
  return broken.kind === 'status' ? statusText(answer) : `check: ${checkText(broken)}`;
}

/** With the gateway's own reason, where it answered by itself. */
function statusText({ status, field }: Answer): string {
  return `${status} ${field('x-code-reason') ?? ''}`.trim();
}

export function holds(check: LoadCheck, { status, field, body }: Answer): boolean {
  switch (check.kind) {
    case 'status':
      return check.is.includes(status);
    case 'contains':
      return body.includes(check.text);
    case 'header':
      return field(check.name.toLowerCase())?.includes(check.contains) === true;
    case 'json': {
      const found = memberAt(body, check.path);
      return check.is === undefined ? found !== undefined : found === check.is;
    }
  }
}

function checkText(check: LoadCheck): string {
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
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function captured({ from, path }: LoadCapture, { field, body }: Answer): string | undefined {
  return from === 'header' ? field(path.toLowerCase()) : memberAt(body, path);
}

/** Whether somebody will look at the body of its answer. */
export function readsBody({ checks = [], capture = {} }: LoadRequest): boolean {
  return checks.some(({ kind }) => kind === 'contains' || kind === 'json') || Object.values(capture).some(({ from }) => from === 'json');
}

/** Answers that no application would give for good: each check must find fault with at least one of them. */
const planted: readonly Answer[] = [
  { status: 599, field: () => undefined, body: '' },
  { status: 200, field: () => undefined, body: '' },
  { status: 200, field: () => undefined, body: '<html>planted</html>' },
  { status: 418, field: () => undefined, body: '{"planted":true}' },
];

/** It holds of whatever is answered: it proves nothing. */
export function cannotFail(check: LoadCheck): boolean {
  return planted.every((answer) => holds(check, answer));
}
