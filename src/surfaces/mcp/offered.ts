// A tool and what a call of it does; and how one that is no operation is made.
import type { z } from 'zod';
import { asCodeError, CodeError } from '../../base/errors.ts';
import type { Begins } from '../../operations/operation.ts';
import type { Answer } from './answer/answer.ts';
import { refusal } from './answer/answer.ts';
import type { Caller } from './caller.ts';
import { titleOf } from './names.ts';
import { compact, schemaOf } from './schema.ts';
import type { Described } from './tool.ts';
import { hintsOf } from './tool.ts';

export interface Offered {
  readonly described: Described;
  /** Absent: it is a tool about tools. */
  readonly operation?: string;
  /** What a call of it begins goes on after it has answered. */
  readonly begins?: Begins | undefined;
  /** What a call of it tells of goes on elsewhere. */
  readonly lasts?: Begins | undefined;
  run(given: unknown, caller: Caller, signal: AbortSignal): Promise<Answer>;
}

interface Making<Input extends z.ZodType> {
  readonly name: string;
  readonly description: string;
  readonly input: Input;
  readonly output: z.ZodType;
  /** It may change something. */
  readonly writes?: true;
  readonly run: (input: z.infer<Input>, caller: Caller, signal: AbortSignal) => Promise<Answer>;
}

export function offered<Input extends z.ZodType>({ name, description, input, output, writes, run }: Making<Input>): Offered {
  const schema = schemaOf(input, 'input');
  return {
    described: {
      name,
      description,
      title: titleOf(name),
      inputSchema: { ...compact(schema), type: 'object' },
      outputSchema: { ...schemaOf(output, 'output'), type: 'object' },
      annotations: hintsOf(writes ? 'write' : 'read', false),
    },
    run: async (given, caller, signal) => {
      try {
        const parsed = input.safeParse(given ?? {});
        if (!parsed.success) throw unfit(name, parsed.error);
        return await run(parsed.data, caller, signal);
      } catch (thrown) {
        return refusal(asCodeError(thrown), schema, given);
      }
    },
  };
}

function unfit(name: string, { issues }: z.ZodError): CodeError {
  const problems = issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
  const [first] = problems;
  return new CodeError('input_invalid', `${name}: ${first?.field ? `${first.field}: ` : ''}${first?.message ?? 'the input does not fit'}`, {
    details: { problems },
  });
}
