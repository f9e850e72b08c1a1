// Turns what a gateway says went wrong – in an answer, or as the last words in its log – back into an error.
import { join } from 'node:path';
import type { ErrorCode } from '../../../base/errors.ts';
import { CodeError, errorCodes } from '../../../base/errors.ts';
import { readFileIfExists } from '../../../platform/files.ts';

/** Reads `{code, message, hint, details}`; undefined when it is something else. */
export function faultIn(answer: unknown): CodeError | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { code, message, hint, details } = answer as Partial<Record<'code' | 'message' | 'hint' | 'details', unknown>>;
  if (typeof code !== 'string' || !(code in errorCodes) || typeof message !== 'string') return undefined;
  return new CodeError(code as ErrorCode, message, {
    ...(typeof hint === 'string' && { hint }),
    ...(typeof details === 'object' && details !== null && { details: details as Readonly<Record<string, unknown>> }),
  });
}

/** The last words of a gateway that would not start. */
export async function lastFault(directory: string): Promise<CodeError | undefined> {
  const log = (await readFileIfExists(join(directory, 'gateway.log'))) ?? '';
  try {
    return faultIn(JSON.parse(log.trimEnd().split('\n').at(-1) ?? ''));
  } catch {
    return undefined;
  }
}
