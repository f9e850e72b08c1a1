// One answer of a server of MCP: as JSON, or as the one event among others that carries the answer to what was asked.
import { z } from 'zod';
import { asCodeError, CodeError } from '../../../base/errors.ts';
import { parseJson } from '../../../platform/guard/document/json.ts';
import type { Called } from '../../../platform/http/call.ts';

const limits = { size: 2_000_000, depth: 60, values: 200_000 };
const shape = z.object({
  method: z.string().optional(),
  id: z.union([z.number(), z.string()]).nullish(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});

export type ForeignMessage = z.infer<typeof shape>;

/** `refused`: why, in its own words. */
export type ForeignResult = { readonly result: unknown } | { readonly refused: string };

/** Errors: `outside_unavailable`, which say nothing in its words: errors are not looked through for words of strangers. */
export function answerIn(name: string, { status, text, header }: Extract<Called, { readonly kind: 'answer' }>, id: number): ForeignResult {
  if (status < 200 || status >= 300) throw wrong(name, `answered ${status}`);
  const events = (header('content-type') ?? '').startsWith('text/event-stream');
  const messages = (events ? eventsIn(text) : [text]).map((one) => messageIn(name, one));
  const found = messages.find((one) => one.id === id);
  if (!found) throw wrong(name, 'did not answer what it was asked');
  return foreignResult(found);
}

export function foreignResult({ error, result }: Pick<ForeignMessage, 'error' | 'result'>): ForeignResult {
  return error ? { refused: error.message.slice(0, 2_000) } : { result };
}

/** For what is asked about itself. Errors: `outside_unavailable`. */
export function resultIn(name: string, answer: ForeignResult): unknown {
  if ('refused' in answer) throw wrong(name, 'refused that');
  return answer.result;
}

/** The data of each event (WHATWG, server-sent events). */
function eventsIn(text: string): readonly string[] {
  return text
    .split(/\r?\n\r?\n/)
    .map((event) =>
      event
        .split(/\r?\n/)
        .flatMap((line) => (line.startsWith('data:') ? [line.slice(5).replace(/^ /, '')] : []))
        .join('\n'),
    )
    .filter((data) => data !== '');
}

/** Errors: `outside_unavailable`. */
export function messageIn(name: string, text: string): ForeignMessage {
  try {
    return shape.parse(parseJson(text, limits, 'its answer'));
  } catch (cause) {
    throw wrong(name, `answered what is no message (${asCodeError(cause).code})`);
  }
}

export function wrong(name: string, what: string): CodeError {
  return new CodeError('outside_unavailable', `The server ${name} ${what}.`, {
    hint: 'Check it, and its credential, in the setting upstreams.',
  });
}
