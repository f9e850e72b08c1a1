// runtime.*: the instances themselves.
import { z } from 'zod';
import { defineStream } from '../operation.ts';
import { scopeInput } from '../schemas.ts';

export const runtimeOperations = [
  defineStream({
    name: 'runtime.exec',
    summary:
      'Runs a command beside an instance, in its directory and with its environment; streams the output and ends with the exit code.',
    effect: 'destroy',
    humansOnly: true,
    input: z.strictObject({
      ...scopeInput,
      service: z.string().max(100),
      instance: z.string().max(200).optional(),
      command: z.array(z.string()).min(1).max(1000),
    }),
    untrusted: ['text'],
    item: z.union([
      z.object({ kind: z.literal('output'), stream: z.enum(['out', 'err']), text: z.string() }),
      z.object({ kind: z.literal('exit'), code: z.int() }),
    ]),
    handler: ({ application, environment, ...rest }, { services, signal }) =>
      services.engine.queries.exec({ application, environment }, rest, signal),
  }),
];
