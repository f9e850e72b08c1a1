// What a server of the Model Context Protocol is asked, however it is reached: which tools it has, page by page, and to call one of them.
import { z } from 'zod';
import { CodeError } from '../../../base/errors.ts';
import type { ForeignTools } from '../../../ports/outside/tools.ts';
import type { ForeignResult } from './message.ts';
import { resultIn } from './message.ts';

/** The era that nearly all of them speak. */
export const protocolVersion = '2025-11-25';
export const introduction = { protocolVersion, capabilities: {}, clientInfo: { name: 'codectl', version: '1' } };
/** For one answer. */
export const answerTime = 60_000;
/** Characters of one answer. */
export const answerMost = 2_000_000;

/** One session with it, begun when it is needed and again when it is gone. Errors: `outside_unavailable`. */
export interface Link {
  ask(method: string, params: object, signal: AbortSignal): Promise<ForeignResult>;
}

/** Tools come by pages; a server without end is none. */
const mostPages = 20;

const object = z.record(z.string(), z.unknown());
const pageShape = z.object({
  tools: z.array(
    z.object({ name: z.string(), description: z.string().default(''), inputSchema: object.default({}), outputSchema: object.optional() }),
  ),
  nextCursor: z.string().optional(),
});
const resultShape = z.object({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })).default([]),
  structuredContent: object.optional(),
  isError: z.boolean().default(false),
});

export function toolsOver(name: string, link: Link): ForeignTools {
  return {
    list: async (signal) => {
      const found: z.infer<typeof pageShape>['tools'] = [];
      let cursor: string | undefined;
      for (let left = mostPages; left > 0; left -= 1) {
        const page = shaped(
          name,
          pageShape,
          resultIn(name, await link.ask('tools/list', { ...(cursor !== undefined && { cursor }) }, signal)),
        );
        found.push(...page.tools);
        cursor = page.nextCursor;
        if (cursor === undefined) break;
      }
      return found.map(({ name: tool, description, inputSchema, outputSchema }) => ({
        name: tool,
        description,
        input: inputSchema,
        ...(outputSchema && { output: outputSchema }),
      }));
    },
    call: async (tool, given, signal) => {
      const answer = await link.ask('tools/call', { name: tool, arguments: given }, signal);
      if ('refused' in answer) return { text: answer.refused, failed: true };
      const { content, structuredContent, isError } = shaped(name, resultShape, answer.result);
      const said = content.map(({ type, text }) => text ?? `[${type}, which is not passed on]`).join('\n');
      return { text: said === '' && structuredContent ? JSON.stringify(structuredContent) : said, failed: isError };
    },
  };
}

function shaped<T>(name: string, shape: z.ZodType<T>, value: unknown): T {
  const found = shape.safeParse(value);
  if (found.success) return found.data;
  throw new CodeError(
    'outside_unavailable',
    `The server ${name} answered otherwise than the protocol has it (${found.error.issues[0]?.path.slice(0, 3).join('.') ?? ''}).`,
    { hint: 'Ask whoever runs it.' },
  );
}
