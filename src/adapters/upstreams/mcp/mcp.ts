// A server of the Model Context Protocol over Streamable HTTP, asked in the era that nearly all of them speak (2025-11-25), with a credential of its own.
import { z } from 'zod';
import { CodeError } from '../../../base/errors.ts';
import type { Outbound } from '../../../platform/guard/network/outbound.ts';
import type { Called } from '../../../platform/http/call.ts';
import { call } from '../../../platform/http/call.ts';
import type { ForeignTools } from '../../../ports/outside/tools.ts';
import type { ForeignResult } from './message.ts';
import { answerIn, resultIn } from './message.ts';

export interface UpstreamOptions {
  readonly name: string;
  readonly url: string;
  /** Errors: `settings_invalid`. */
  readonly token: () => Promise<string | undefined>;
  readonly outbound: Outbound;
}

const version = '2025-11-25';
const timeout = 60_000;
/** Characters of one answer. */
const most = 2_000_000;
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

export function openUpstream(options: UpstreamOptions): ForeignTools {
  const link = new Link(options);
  return {
    list: async (signal) => {
      const found: z.infer<typeof pageShape>['tools'] = [];
      let cursor: string | undefined;
      for (let left = mostPages; left > 0; left -= 1) {
        const page = shaped(
          options.name,
          pageShape,
          resultIn(options.name, await link.ask('tools/list', { ...(cursor !== undefined && { cursor }) }, signal)),
        );
        found.push(...page.tools);
        cursor = page.nextCursor;
        if (cursor === undefined) break;
      }
      return found.map(({ name, description, inputSchema, outputSchema }) => ({
        name,
        description,
        input: inputSchema,
        ...(outputSchema && { output: outputSchema }),
      }));
    },
    call: async (name, given, signal) => {
      const answer = await link.ask('tools/call', { name, arguments: given }, signal);
      if ('refused' in answer) return { text: answer.refused, failed: true };
      const { content, structuredContent, isError } = shaped(options.name, resultShape, answer.result);
      const said = content.map(({ type, text }) => text ?? `[${type}, which is not passed on]`).join('\n');
      return { text: said === '' && structuredContent ? JSON.stringify(structuredContent) : said, failed: isError };
    },
  };
}

/** One session, begun when it is needed and again when the server has forgotten it. */
class Link {
  readonly #options: UpstreamOptions;
  #session: Promise<string | undefined> | undefined;
  #count = 0;

  constructor(options: UpstreamOptions) {
    this.#options = options;
  }

  async ask(method: string, params: object, signal: AbortSignal): Promise<ForeignResult> {
    for (let again = true; ; again = false) {
      this.#session ??= this.#begin(signal);
      const session = await this.#session.catch((thrown: unknown) => {
        this.#session = undefined;
        throw thrown;
      });
      const id = (this.#count += 1);
      const answer = await this.#post({ jsonrpc: '2.0', id, method, params }, session, signal);
      if (answer.status !== 404 || session === undefined || !again) return answerIn(this.#options.name, answer, id);
      this.#session = undefined;
    }
  }

  async #begin(signal: AbortSignal): Promise<string | undefined> {
    const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: 'codectl', version: '1' } };
    const answer = await this.#post({ jsonrpc: '2.0', id: 0, method: 'initialize', params }, undefined, signal);
    resultIn(this.#options.name, answerIn(this.#options.name, answer, 0));
    const session = answer.header('mcp-session-id');
    await this.#post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session, signal);
    return session;
  }

  async #post(message: object, session: string | undefined, signal: AbortSignal): Promise<Extract<Called, { readonly kind: 'answer' }>> {
    const { name, url, token, outbound } = this.#options;
    const secret = await token();
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': version,
      ...(session !== undefined && { 'mcp-session-id': session }),
      ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
    };
    const answer = await call({ method: 'POST', url, headers, body: JSON.stringify(message), timeout, most }, outbound, signal);
    if (answer.kind === 'answer') return answer;
    throw new CodeError('outside_unavailable', `The tools of ${name} cannot be reached: ${answer.because}.`, {
      hint: 'Check its url in the setting upstreams, and calls_allowed.',
    });
  }
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
