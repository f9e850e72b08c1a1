// endpoints.*: the instances that take requests, and how a service is reached whatever instances it has.
import { z } from 'zod';
import type { Endpoint } from '../../model/discovery/endpoint.ts';
import { internalAddress, internalName } from '../../model/discovery/endpoint.ts';
import { defineCall, defineStream } from '../operation.ts';
import { applicationName, environmentName, yes } from '../schemas.ts';

const filter = {
  application: applicationName.optional(),
  environment: environmentName.optional(),
  service: z.string().max(100).optional(),
};

type Filter = { readonly [Key in keyof typeof filter]?: string | undefined };

const endpointView = z.object({
  application: z.string(),
  environment: z.string(),
  service: z.string(),
  release: z.string(),
  instance: z.string(),
  host: z.string(),
  port: z.int(),
  share: z.number().describe('Its part of the requests to the service, from 0 to 1'),
});

const serviceView = z.object({
  application: z.string(),
  environment: z.string(),
  service: z.string(),
  name: z.string().describe('Host name that the gateway answers to, for callers on this machine or a private network'),
  url: z.string().describe('The service at the gateway by an address of loopback: stable over releases, no name to resolve'),
});

const changeView = z.object({
  sequence: z.int(),
  kind: z.enum(['all', 'added', 'changed', 'removed']).describe('`all`: what was known before is forgotten'),
  endpoint: endpointView.optional(),
  endpoints: z.array(endpointView).optional().describe('With `all`'),
});

function fits(one: Endpoint, { application, environment, service }: Filter): boolean {
  return (
    (application ?? one.application) === one.application &&
    (environment ?? one.environment) === one.environment &&
    (service ?? one.service) === one.service
  );
}

export const endpointOperations = [
  defineCall({
    name: 'endpoints.list',
    summary: 'Lists the instances that take requests, and the name and address by which each service is reached through the gateway.',
    effect: 'read',
    input: z.strictObject(filter),
    output: z.object({ services: z.array(serviceView), endpoints: z.array(endpointView) }),
    handler: async (which, { services: { engine }, signal }) => {
      const { observation } = await engine.queries.traffic(signal);
      const endpoints = engine.queries.endpoints.list().filter((one) => fits(one, which));
      const reached = new Map(
        endpoints.map(({ application, environment, service }) => {
          const scope = { application, environment };
          const name = internalName(scope, service);
          return [name, { ...scope, service, name, url: `http://${internalAddress(scope, service)}:${observation.listening.port}` }];
        }),
      );
      return { services: [...reached.values()], endpoints: [...endpoints] };
    },
  }),
  defineStream({
    name: 'endpoints.watch',
    summary: 'Streams which instances begin and cease to take requests: all there are first, or what changed after a sequence number.',
    effect: 'read',
    input: z.strictObject({
      ...filter,
      after: z.coerce
        .number()
        .int()
        .min(-1)
        .default(-1)
        .describe('Only changes after this number; what it does not know any more is told as all'),
      follow: yes.default(true),
    }),
    item: changeView,
    handler: async function* watch({ after, follow, ...which }, { services, signal }) {
      for await (const change of services.engine.queries.endpoints.watch(after, follow, signal)) {
        if (change.kind === 'all') yield { ...change, endpoints: change.endpoints.filter((one) => fits(one, which)) };
        else if (fits(change.endpoint, which)) yield { ...change };
      }
    },
  }),
];
