// Says what went wrong: on stderr for people, as one JSON document for programs.
import { CodeError, hasCode } from '../../base/errors.ts';
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

/** Whoever waits for an approval has to know of which plan, also where nothing but the error is printed. */
export function withPlan(thrown: unknown, { plan_id }: { readonly plan_id: string }): unknown {
  if (!hasCode(thrown, 'approval_required')) return thrown;
  const { code, message, hint, details } = thrown;
  const named = hint?.replaceAll('PLAN', plan_id);
  return new CodeError(code, message, { ...(named !== undefined && { hint: named }), details: { ...details, plan_id }, cause: thrown });
}
