// Reads the API's answers: problem documents become the errors that they were, lines become values.
import { CodeError, isErrorCode } from '../../base/errors.ts';
import { jsonIn } from '../../base/json.ts';

/** The same error that was thrown in the daemon; anything that is no problem document is named as such. */
export function problemError(status: number, text: string, from: string): CodeError {
  const problem = jsonIn(text);
  if (!isObject(problem) || typeof problem['code'] !== 'string' || typeof problem['detail'] !== 'string')
    return new CodeError('daemon_unavailable', `${from} answered ${status}, but not as the API of a daemon does.`, {
      hint: 'Check --host, and that nothing else answers there.',
      details: { status, reached: true },
    });
  return errorOf(problem);
}

/** Blank lines are signs of life; a line with a problem ends the sequence with its error. */
export async function* readJsonLines(chunks: AsyncIterable<unknown>): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) continue;
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield lineValue(line);
  }
  if (rest !== '') yield lineValue(rest);
}

function lineValue(line: string): unknown {
  const value: unknown = JSON.parse(line);
  if (!isObject(value) || !isObject(value['problem']) || Object.keys(value).length > 1) return value;
  throw errorOf(value['problem']);
}

function errorOf(problem: Readonly<Record<string, unknown>>): CodeError {
  const { code, detail, hint, details } = problem;
  return new CodeError(isErrorCode(code) ? code : 'internal', String(detail), {
    ...(typeof hint === 'string' ? { hint } : {}),
    ...(isObject(details) ? { details } : {}),
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
