// An error as an agent can act on it: which argument, what it was, what fits, what to do next, and whether the same call may help later.
import type { CodeError, ErrorKind } from '../../../base/errors.ts';
import type { Json } from '../schema.ts';
import { isObject, propertiesOf } from '../schema.ts';

export interface Lesson {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly got?: unknown;
  readonly allowed?: unknown;
  readonly try?: string;
  readonly retryable: boolean;
}

const passing: ReadonlySet<ErrorKind> = new Set(['unavailable', 'exhausted']);

/** `schema`: of the input as it is checked. */
export function lessonOf(error: CodeError, schema: Json, given: unknown): Lesson {
  const field = fieldOf(error);
  const there = field === undefined ? undefined : at(given, field);
  return {
    code: error.code,
    message: error.message,
    field,
    got: there === undefined ? undefined : short(there),
    allowed: error.details['allowed'] ?? (error.code === 'input_invalid' ? allowedAt(schema, field ?? '') : undefined),
    try: error.hint ?? hintFor(error),
    retryable: passing.has(error.kind) || error.code === 'write_conflict',
  };
}

function fieldOf({ details }: CodeError): string | undefined {
  const [first] = Array.isArray(details['problems']) ? details['problems'] : [];
  return isObject(first) && typeof first['field'] === 'string' && first['field'] !== '' ? first['field'] : undefined;
}

/** The names of all arguments, or what may stand in the one that is wrong. */
function allowedAt(schema: Json, field: string): unknown {
  let place: Json | undefined = schema;
  for (const part of field.split('.').filter((one) => one !== '')) {
    const items: unknown = place['items'];
    const rest: unknown = place['additionalProperties'];
    place = propertiesOf(place)[part] ?? (isObject(items) ? items : isObject(rest) ? rest : undefined);
    if (!place) return undefined;
  }
  const names = Object.keys(propertiesOf(place));
  if (names.length > 0) return names;
  const { enum: words, type, pattern, minimum, maximum, maxLength } = place;
  return words ?? Object.fromEntries(Object.entries({ type, pattern, minimum, maximum, maxLength }).filter(([, one]) => one !== undefined));
}

function hintFor({ kind, code }: CodeError): string | undefined {
  if (code === 'input_invalid') return 'Call the tool again with this argument as it is allowed.';
  if (kind === 'not_found') return 'Look up the name with apps_status, run_list or jobs_list.';
  if (kind === 'drifted') return 'Make a new plan and look at it before you apply it.';
  return passing.has(kind) ? 'Wait some seconds and call it again.' : undefined;
}

function at(given: unknown, field: string): unknown {
  return field
    .split('.')
    .reduce<unknown>((place, part) => (isObject(place) || Array.isArray(place) ? (place as Json)[part] : undefined), given);
}

function short(value: unknown): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : value;
}
