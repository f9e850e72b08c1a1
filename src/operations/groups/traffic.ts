// traffic.*: the routes in force, and holding or stopping the traffic of a service.
import { z } from 'zod';
import type { CertificateReport } from '../../engine/certificates/keeper.ts';
import type { TrafficPause } from '../../model/deployment.ts';
import type { Address } from '../../model/instance.ts';
import type { RouteTls } from '../../model/tls/certificate.ts';
import { certificateSources } from '../../model/tls/certificate.ts';
import { defineCall } from '../operation.ts';
import { pauseView, scopeInput } from '../schemas.ts';
import { viewPause } from '../views.ts';

const routeView = z.object({
  host: z.string(),
  path: z.string(),
  service: z.string(),
  tls: z
    .object({
      certificate: z.enum(certificateSources),
      redirect: z.boolean(),
      not_after: z.string().optional().describe('Absent: the host has no certificate yet'),
      problem: z.string().optional().describe('Why the next certificate could not be had'),
    })
    .optional(),
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

function viewTls({ certificate, redirect }: RouteTls, report: CertificateReport | undefined) {
  const until = report?.notAfter;
  return { certificate, redirect, not_after: until === undefined ? undefined : new Date(until).toISOString(), problem: report?.problem };
}

function addressText({ host, port }: Address): string {
  return `${host}:${port}`;
}

const serviceInput = {
  ...scopeInput,
  service: z
    .string()
    .regex(/^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/)
    .describe('Name of the service'),
};

const defaultHold = 30_000;
const longestHold = 3_600_000;

const pauseInput = z
  .strictObject({
    ...serviceInput,
    hold_ms: z
      .int()
      .min(1)
      .max(longestHold)
      .optional()
      .describe(`How long a request may wait before 504; ${defaultHold} without a message`),
    message: z.string().min(1).max(1_000).optional().describe('Refuses requests at once with 503 and this text, instead of holding them'),
  })
  .refine(({ hold_ms, message }) => hold_ms === undefined || message === undefined, {
    error: 'give hold_ms to let requests wait, or message to refuse them, not both',
    path: ['message'],
  });

export const trafficOperations = [
  defineCall({
    name: 'traffic.routes',
    summary: 'Shows the routes in force, the share of each release, and what the gateway counted for it.',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({
      listening: z.string(),
      secure: z.string().optional().describe('Where requests come over TLS'),
      version: z.int(),
      routes: z.array(routeView),
    }),
    handler: async (_, { services, signal }) => {
      const { observation, table } = await services.engine.queries.traffic(signal);
      const counted = Map.groupBy([...observation.releases, ...(observation.chosen ?? [])], (one) => `${one.service} ${one.release}`);
      const reports = new Map((await services.certificates.reports()).map((one) => [one.host, one]));
      const routes = table.routes
        .filter((one) => one.internal !== true)
        .map(({ host, path, service, tls }) => {
          const releases = table.services.find((one) => one.key === service)?.releases ?? [];
          const total = releases.reduce((sum, one) => sum + one.weight, 0);
          return {
            host,
            path,
            service,
            tls: tls && viewTls(tls, reports.get(host)),
            releases: releases.map((one) => {
              const seen = counted.get(`${service} ${one.release}`) ?? [];
              const share = total === 0 ? 0 : one.weight / total;
              return {
                release: one.release,
                weight: one.weight,
                share,
                instances: one.upstreams.map((up) => up.instance),
                requests: seen.reduce((sum, { requests }) => sum + requests, 0),
                failures: seen.reduce((sum, { failures }) => sum + failures, 0),
              };
            }),
          };
        });
      const { listening, secure, version } = observation;
      return { listening: addressText(listening), secure: secure && addressText(secure), version, routes };
    },
  }),
  defineCall({
    name: 'traffic.pause',
    summary:
      'Holds the requests to a service until it is resumed, or refuses them with a message. Survives deployments, and may come before the first.',
    effect: 'write',
    disruptive: true,
    input: pauseInput,
    output: z.object({
      service: z.string(),
      pause: pauseView,
      live: z.boolean().describe('False: it takes effect when the service is deployed'),
    }),
    handler: async ({ service, hold_ms, message, ...scope }, { services, principal, signal }) => {
      const pause: TrafficPause = message === undefined ? { kind: 'held', hold: hold_ms ?? defaultHold } : { kind: 'stopped', message };
      const live = await services.engine.interventions.pause(scope, service, pause, principal.id, signal);
      return { service, pause: viewPause(pause), live };
    },
  }),
  defineCall({
    name: 'traffic.resume',
    summary: 'Lets the requests to a service through again; those who wait proceed.',
    effect: 'write',
    input: z.strictObject(serviceInput),
    output: z.object({ service: z.string(), was_paused: z.boolean() }),
    handler: async ({ service, ...scope }, { services, principal, signal }) => ({
      service,
      was_paused: await services.engine.interventions.resume(scope, service, principal.id, signal),
    }),
  }),
];
