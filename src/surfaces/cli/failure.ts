// Says what went wrong: on stderr for people, as one JSON document for programs.
import type { CodeError } from '../../base/errors.ts';
import { visibleJson, visibleWithColours } from '../../platform/guard/text.ts';
import type { Terminal } from './host.ts';
import type { Paint } from './out.ts';

export function failureText(error: CodeError, paint: Paint): string {
  const message = `${paint('red', 'error:')} ${error.message.trim()}`;
  return error.hint === undefined ? message : `${message}\n  ${paint('cyan', 'hint:')} ${error.hint}`;
}

export function failureDocument({ code, message, hint, details }: CodeError): object {
  return { error: { code, message, hint, details } };
}

export interface FailureStreams {
  readonly stdout: Terminal;
  readonly stderr: Terminal;
}

export function reportFailure(error: CodeError, { stdout, stderr }: FailureStreams, json: boolean, paint: Paint): void {
  if (json) stdout.write(`${visibleJson(JSON.stringify(failureDocument(error)))}\n`);
  else stderr.write(`${visibleWithColours(failureText(error, paint))}\n`);
}
