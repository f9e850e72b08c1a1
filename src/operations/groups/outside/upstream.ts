// upstream.*: tools of other servers of MCP, where the settings attach any. Nothing is believed of what they say of themselves: each call counts as the worst that a tool can be.
import { z } from 'zod';
import { concernOf } from '../../../engine/outside/registered.ts';
import type { UpstreamLook } from '../../../engine/outside/upstream.ts';
import type { About } from '../../operation.ts';
import { defineCall } from '../../operation.ts';
import type { Services } from '../../services.ts';

const server = z.string().max(40);

const about = async (input: { readonly server: string }, { outside }: Services): Promise<About> => ({
  place: concernOf(outside.upstreams.find(input.server)),
});

const toolView = z.object({ name: z.string(), description: z.string(), input: z.record(z.string(), z.unknown()) });

/** In the catalogue of an engine that has such servers. */
export const upstreamOperations = [
  defineCall({
    name: 'upstream.list',
    summary: 'Lists the tools of an attached server, and whether they are still those that a person has looked at.',
    effect: 'read',
    openWorld: true,
    about,
    // What a person has looked at counts as his words.
    untrusted: ['unseen'],
    input: z.strictObject({ server }),
    output: z.object({
      server: z.string(),
      state: z.enum(['attached', 'unpinned', 'quarantined', 'unavailable']),
      digest: z.string().optional(),
      because: z.string().optional(),
      tools: z.array(toolView),
      unseen: z.array(toolView).describe('Tools that no person has looked at'),
    }),
    handler: async (input, { services, signal }) => {
      const { upstreams } = services.outside;
      const [look] = await upstreams.look([upstreams.find(input.server)], signal);
      return viewLook(look, input.server);
    },
  }),
  defineCall({
    name: 'upstream.call',
    summary: 'Calls a tool of an attached server, which may do anything that server can.',
    effect: 'write',
    disruptive: true,
    openWorld: true,
    about,
    untrusted: ['text'],
    audited: ({ server: name, tool }) => ({ server: name, tool }),
    input: z.strictObject({ server, tool: z.string().min(1).max(200), arguments: z.record(z.string(), z.unknown()).default({}) }),
    output: z.object({ text: z.string(), failed: z.boolean() }),
    handler: async ({ server: name, tool, arguments: given }, { services, signal }) => ({
      ...(await services.outside.upstreams.call(name, tool, given, signal)),
    }),
  }),
];

function viewLook(look: UpstreamLook | undefined, name: string) {
  const { state = 'unavailable' as const, digest, because, tools = [] } = look ?? {};
  const shown = tools.map((one) => ({ name: one.name, description: one.description, input: { ...one.input } }));
  return { server: name, state, digest, because, tools: state === 'attached' ? shown : [], unseen: state === 'attached' ? [] : shown };
}
