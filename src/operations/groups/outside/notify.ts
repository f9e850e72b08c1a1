// notify.*: telling people something, in the places that the settings name.
import { z } from 'zod';
import { concernOf } from '../../../engine/outside/registered.ts';
import { severities } from '../../../model/outside/notice.ts';
import { defineCall } from '../../operation.ts';

export const notifyOperations = [
  defineCall({
    name: 'notify.channels',
    summary: 'Lists where people can be told something: chats, mail, webhooks.',
    effect: 'read',
    input: z.strictObject({ application: z.string().max(40).optional() }),
    output: z.object({
      channels: z.array(
        z.object({ name: z.string(), kind: z.string(), application: z.string().optional(), environment: z.string().optional() }),
      ),
    }),
    handler: async ({ application }, { services }) => ({
      channels: services.outside.channels
        .list()
        .filter((one) => application === undefined || one.application === application)
        .map(({ name, kind, ...concern }) => ({ name, kind, ...concernOf(concern) })),
    }),
  }),
  defineCall({
    name: 'notify.send',
    summary: 'Sends people a message over a channel (Slack, Teams, mail, webhook), in the name of its caller.',
    effect: 'write',
    openWorld: true,
    about: async ({ channel }, { outside }) => ({ place: concernOf(outside.channels.find(channel)) }),
    input: z.strictObject({
      channel: z.string().max(40),
      title: z.string().trim().min(1).max(150),
      text: z.string().max(4_000).default(''),
      severity: z.enum(severities).default('info'),
      idempotency_key: z.string().min(1).max(200).optional(),
    }),
    output: z.object({ id: z.string(), sent_at: z.string() }),
    handler: async ({ channel, title, text, severity }, { services, principal, signal }) => {
      const { id, at } = await services.outside.channels.send(channel, { title, text, severity, from: principal.id }, signal);
      return { id, sent_at: new Date(at).toISOString() };
    },
  }),
];
