// What a call asks of the answer's form, apart from what it asks of the operation.
import { CodeError } from '../../base/errors.ts';
import { placeIn } from './answer/cursor.ts';
import type { Json } from './schema.ts';
import { isObject } from './schema.ts';
import type { OperationTool } from './tool.ts';

export interface Wishes {
  readonly full: boolean;
  /** Empty: all. */
  readonly fields: readonly string[];
  readonly limit: number;
  /** Where to go on; absent: from the beginning. */
  readonly place?: number;
  /** What is left for the operation. */
  readonly input: Json;
}

/** What the operation answered to it. */
export interface Part {
  readonly value: Json;
  /** The place after each item of the list that is answered; one that is cut off the end is asked for from the place before it. */
  readonly places?: readonly number[];
  /** There is more behind the last one. */
  readonly more: boolean;
}

const most = 1_000;
const usual = 20;
const usualLines = 50;

/** Errors: `input_invalid`. */
export function wishesIn({ described, operation }: OperationTool, given: unknown): Wishes {
  const { detail, fields, limit, cursor, ...input } = argumentsIn(given);
  const takes = (name: string) => name in (described.inputSchema['properties'] as Json);
  for (const [name, value] of Object.entries({ detail, fields, limit, cursor }))
    if (value !== undefined && !takes(name)) throw wrong(name, `${described.name} does not take it`);
  return {
    full: isFull(detail),
    fields: fieldsIn(fields),
    limit: countIn(limit) ?? (operation.kind === 'stream' ? usualLines : usual),
    ...(cursor === undefined ? {} : { place: placeIn(typeof cursor === 'string' ? cursor : '', [described.name, input]) }),
    input,
  };
}

/** Errors: `input_invalid`. */
function argumentsIn(given: unknown): Json {
  if (given === undefined || isObject(given)) return given ?? {};
  throw new CodeError('input_invalid', 'The arguments of a tool are an object.');
}

function isFull(detail: unknown): boolean {
  if (detail === undefined || detail === 'concise' || detail === 'full') return detail === 'full';
  throw wrong('detail', 'expected concise or full', ['concise', 'full']);
}

function fieldsIn(fields: unknown = []): readonly string[] {
  if (Array.isArray(fields) && fields.length <= 50 && fields.every((one) => typeof one === 'string' && one.length <= 200)) return fields;
  throw wrong('fields', 'expected a list of names, such as ["environments.state"]');
}

function countIn(limit: unknown): number | undefined {
  if (limit === undefined) return undefined;
  if (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
  throw wrong('limit', `expected a whole number from 1 to ${most}`);
}

function wrong(field: string, message: string, allowed?: readonly string[]): CodeError {
  return new CodeError('input_invalid', `${field}: ${message}.`, {
    details: { problems: [{ field, message }], ...(allowed && { allowed }) },
  });
}
