// How the answer of an operation can be looked at in parts: which of its members is the list, and how one goes on in it.
import type { Operation } from '../../operations/operation.ts';
import type { Json } from './schema.ts';
import { isObject, propertiesOf, schemaOf } from './schema.ts';

export interface Shape {
  readonly input: Json;
  readonly output: Json;
  /** The member that is the list; absent: it is about one thing. */
  readonly list?: string;
  /** Items have a number, and the operation answers with those after one. */
  readonly numbered: boolean;
  /** The operation itself takes a limit, up to this. */
  readonly most?: number;
  /** Of a stream: it takes how many of the last lines are wanted. */
  readonly tail: boolean;
  /** There is more to it than what is told at first. */
  readonly deep: boolean;
}

/** Under this name a stream's items are answered. */
export const streamed = 'items';

export function shapeOf(operation: Operation): Shape {
  const input = schemaOf(operation.input, 'input');
  const output = outputOf(operation);
  const inputs = propertiesOf(input);
  const list = Object.entries(propertiesOf(output)).findLast(([, one]) => isListOfThings(one))?.[0];
  const item = list === undefined ? undefined : propertiesOf(output)[list]?.['items'];
  return {
    input,
    output,
    ...(list === undefined || !isList(operation, output) ? {} : { list }),
    numbered: isObject(item) && 'sequence' in propertiesOf(item) && 'after' in inputs,
    ...(typeof inputs['limit']?.['maximum'] === 'number' ? { most: inputs['limit']['maximum'] } : {}),
    tail: 'tail' in inputs,
    deep: Object.values(propertiesOf(output)).some((one) => one['type'] === 'object' || isListOfThings(one)),
  };
}

function outputOf(operation: Operation): Json {
  if (operation.kind === 'call') return schemaOf(operation.output, 'output');
  return { type: 'object', properties: { [streamed]: { type: 'array', items: schemaOf(operation.item, 'output') } } };
}

/** What has an id or a name of its own is one thing with parts, however many. */
function isList({ effect }: Operation, output: Json): boolean {
  const names = Object.keys(propertiesOf(output));
  return effect === 'read' && !names.some((name) => name === 'id' || name === 'plan_id' || name === 'allowed' || name === 'verdict');
}

function isListOfThings(schema: Json): boolean {
  return (
    schema['type'] === 'array' &&
    isObject(schema['items']) &&
    (schema['items']['type'] === 'object' || 'anyOf' in schema['items'] || 'oneOf' in schema['items'])
  );
}
