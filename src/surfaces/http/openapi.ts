// OpenAPI 3.1 of the catalogue: whatever an operation is, its page here follows from its schema.
import { z } from 'zod';
import type { Operation } from '../../operations/operation.ts';
import { methodOf } from '../../operations/operation.ts';
import { problemType } from './problem.ts';
import { streamTypes } from './stream.ts';

type Json = Readonly<Record<string, unknown>>;

export function openApiOf(catalogue: readonly Operation[], version: string): Json {
  return {
    openapi: '3.1.0',
    info: { title: 'CODE, the Claude Optimized Deployment Engine', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths: Object.fromEntries(catalogue.map((one) => [`/v1/${one.name}`, { [methodOf(one).toLowerCase()]: describe(one) }])),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: problemSchema },
      responses: { Problem: { description: 'Refused or failed', content: { [problemType]: { schema: ref('schemas', 'Problem') } } } },
    },
  };
}

function describe(operation: Operation): Json {
  return {
    operationId: operation.name,
    tags: [operation.name.split('.')[0]],
    summary: operation.summary,
    'x-effect': operation.effect,
    'x-humans-only': operation.humansOnly ?? false,
    ...(operation.open && { security: [] }),
    ...request(operation),
    responses: { '200': { description: 'Done', content: answer(operation) }, default: ref('responses', 'Problem') },
  };
}

function request(operation: Operation): Json {
  const input = schemaOf(operation.input, 'input');
  const keyed = operation.effect === 'read' ? [] : [idempotencyKey];
  if (operation.body === 'binary') {
    const content = { 'application/octet-stream': { schema: { type: 'string', contentEncoding: 'binary' } } };
    return { parameters: [...queryParameters(input), ...keyed], requestBody: { required: true, content } };
  }
  if (methodOf(operation) === 'GET') return { parameters: queryParameters(input) };
  return { parameters: keyed, requestBody: { required: true, content: { 'application/json': { schema: input } } } };
}

function answer(operation: Operation): Json {
  if (operation.kind === 'call') return { 'application/json': { schema: schemaOf(operation.output, 'output') } };
  const schema = schemaOf(operation.item, 'output');
  return { [streamTypes.events]: { schema }, [streamTypes.lines]: { schema } };
}

function queryParameters(input: Json): readonly Json[] {
  const { properties, required } = parts.parse(input);
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

const parts = z.object({
  properties: z.record(z.string(), z.looseObject({ description: z.string().optional() })).default({}),
  required: z.array(z.string()).default([]),
});

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

function ref(section: string, name: string): Json {
  return { $ref: `#/components/${section}/${name}` };
}

const idempotencyKey: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Repeating the call with the same key and content returns the first answer.',
  schema: { type: 'string', maxLength: 200 },
};

const problemSchema: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    hint: { type: 'string' },
    details: { type: 'object' },
  },
};
