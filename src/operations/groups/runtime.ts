// runtime.* and traffic.*: the instances and the routes themselves.
import { z } from 'zod';
import { defineCall, defineStream } from '../operation.ts';
import { scopeInput } from '../schemas.ts';

const routeView = z.object({
  host: z.string(),
  path: z.string(),
  service: z.string(),
  releases: z.array(
    z.object({
      release: z.string(),
      weight: z.number(),
      share: z.number(),
      instances: z.array(z.string()),
      requests: z.int(),
      failures: z.int(),
    }),
  ),
});

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
    item: z.union([
      z.object({ kind: z.literal('output'), stream: z.enum(['out', 'err']), text: z.string() }),
      z.object({ kind: z.literal('exit'), code: z.int() }),
    ]),
    handler: ({ application, environment, ...rest }, { services, signal }) =>
      services.engine.exec({ application, environment }, rest, signal),
  }),
  defineCall({
    name: 'traffic.routes',
    summary: 'Shows the routes in force, the share of each release, and what the gateway counted for it.',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ listening: z.string(), version: z.int(), routes: z.array(routeView) }),
    handler: async (_, { services, signal }) => {
      const { observation, table } = await services.engine.traffic(signal);
      const counted = new Map(observation.releases.map((one) => [`${one.service} ${one.release}`, one]));
      const routes = table.routes.map(({ host, path, service }) => {
        const releases = table.services.find((one) => one.key === service)?.releases ?? [];
        const total = releases.reduce((sum, one) => sum + one.weight, 0);
        return {
          host,
          path,
          service,
          releases: releases.map((one) => {
            const seen = counted.get(`${service} ${one.release}`);
            const share = total === 0 ? 0 : one.weight / total;
            return {
              release: one.release,
              weight: one.weight,
              share,
              instances: one.upstreams.map((up) => up.instance),
              requests: seen?.requests ?? 0,
              failures: seen?.failures ?? 0,
            };
          }),
        };
      });
      return { listening: `${observation.listening.host}:${observation.listening.port}`, version: observation.version, routes };
    },
  }),
];
