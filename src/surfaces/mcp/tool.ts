// A tool as agents see it, and all of them made from the catalogue: an operation that is added there is a tool here.
import type { Effect } from '../../model/principal.ts';
import type { Operation } from '../../operations/operation.ts';
import { nameOf, titleOf } from './names.ts';
import { headerKey } from './protocol/headers.ts';
import type { Json } from './schema.ts';
import { compact, loose, propertiesOf } from './schema.ts';
import type { Shape } from './shape.ts';
import { shapeOf } from './shape.ts';

/** What stands in `tools/list`. */
export interface Described {
  readonly name: string;
  readonly title: string;
  /** At most two sentences. */
  readonly description: string;
  readonly inputSchema: Json & { readonly type: 'object' };
  readonly outputSchema: Json & { readonly type: 'object' };
  readonly annotations: Hints;
}

export interface Hints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

export interface OperationTool {
  readonly server: string;
  readonly described: Described;
  readonly operation: Operation;
  readonly shape: Shape;
}

export function toolsOf(catalogue: readonly Operation[]): readonly OperationTool[] {
  return catalogue.filter((one) => !one.humansOnly && one.body !== 'binary').map(toolOf);
}

function toolOf(operation: Operation): OperationTool {
  const { server, tool } = nameOf(operation.name);
  const shape = shapeOf(operation);
  return {
    server,
    operation,
    shape,
    described: {
      name: tool,
      title: titleOf(tool),
      description: operation.summary,
      inputSchema: inputOf(operation, shape),
      outputSchema: { ...loose(shape.output), type: 'object' },
      annotations: { ...hintsOf(operation.effect, operation.disruptive === true), openWorldHint: operation.openWorld === true },
    },
  };
}

/** A plan is stored, and nothing that runs knows of it. */
export function hintsOf(effect: Effect, disruptive: boolean): Hints {
  const readOnlyHint = effect === 'read' || effect === 'plan';
  return { readOnlyHint, destructiveHint: effect === 'destroy' || disruptive, idempotentHint: readOnlyHint, openWorldHint: false };
}

/** Whoever passes a call on may look at these without reading it. */
const headers: Readonly<Record<string, string>> = { application: 'Application', environment: 'Environment' };

const detail: Json = { enum: ['concise', 'full'] };
const fields: Json = { type: 'array', items: { type: 'string' } };

function inputOf({ effect }: Operation, shape: Shape): Described['inputSchema'] {
  const { properties: _, ...rest } = compact(shape.input);
  // One answer is a snapshot: nobody is followed, and where one goes on the cursor knows.
  const own = Object.entries(propertiesOf(compact(shape.input)))
    .filter(([name]) => name !== 'follow' && name !== 'limit' && !(shape.numbered && name === 'after'))
    .map(([name, one]): [string, Json] => [name, headers[name] === undefined ? one : { ...one, [headerKey]: headers[name] }]);
  const ours: readonly (readonly [string, Json])[] = [
    ...(shape.deep && effect === 'read'
      ? ([
          ['detail', detail],
          ['fields', fields],
        ] as const)
      : []),
    ...(shape.list === undefined
      ? []
      : ([
          ['limit', { type: 'integer' }],
          ['cursor', { type: 'string' }],
        ] as const)),
  ];
  return { ...rest, type: 'object', properties: Object.fromEntries([...own, ...ours]) };
}
