// The two ends of a call: what was asked for, as text and as structure, or an error that teaches.
import type { CodeError } from '../../../base/errors.ts';
import { cleaned } from '../clean.ts';
import type { Json } from '../schema.ts';
import { lessonOf } from './teach.ts';

/** The result of a `tools/call`. */
export interface Answer {
  readonly content: { readonly type: 'text'; readonly text: string }[];
  readonly structuredContent?: Record<string, unknown>;
  readonly isError?: true;
  readonly _meta?: Record<string, unknown>;
}

export function answerOf(value: Json): Answer {
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: { ...value } };
}

/** `schema`: of the input as it is checked. */
export function refusal(error: CodeError, schema: Json, given: unknown): Answer {
  return { content: [{ type: 'text', text: JSON.stringify(cleaned({ error: lessonOf(error, schema, given) })) }], isError: true };
}
