// Pages beside the operations: is it alive, is it ready, what does it count, what can be asked.
import type { FastifyReply } from 'fastify';
import { asCodeError } from '../../base/errors.ts';
import type { Effect } from '../../model/principal.ts';
import type { TrafficObservation } from '../../model/route.ts';
import type { WatchReport } from '../../model/watch/watch.ts';
import type { Operation } from '../../operations/operation.ts';
import { trafficLines } from './metrics/traffic.ts';
import { watchLines } from './metrics/watch.ts';
import { Meter, metricsType, processLines } from './metrics.ts';
import { openApiOf } from './openapi.ts';
import { problemOf, problemType } from './problem.ts';

export interface PageOptions {
  readonly catalogue: readonly Operation[];
  readonly version: string;
  readonly traffic?: (signal: AbortSignal) => Promise<TrafficObservation>;
  readonly watch?: () => WatchReport;
}

export interface Page {
  readonly answer: (reply: FastifyReply) => unknown;
  /** What a caller over TCP must be allowed; absent: open to whoever reaches the listener. */
  readonly asks?: { readonly name: string; readonly effect: Effect };
}

/** A page must answer in this time, or it says why it cannot. */
const patience = 2_000;

export function pagesOf({ catalogue, version, traffic, watch }: PageOptions) {
  const meter = new Meter();
  const observe = () => traffic?.(AbortSignal.timeout(patience));
  let description: unknown;
  const ready: Page['answer'] = async (reply) => {
    try {
      await observe();
      return { status: 'ready', version };
    } catch (thrown) {
      const problem = problemOf(asCodeError(thrown), 503);
      return reply.code(503).type(problemType).send(JSON.stringify(problem));
    }
  };
  const metrics: Page['answer'] = async (reply) => {
    // The daemon's own numbers are worth the most when the gateway does not answer.
    const observation = await Promise.resolve(observe()).catch(() => undefined);
    const lines = [
      ...processLines(version),
      ...meter.lines(),
      ...(observation ? trafficLines(observation) : []),
      ...(watch ? watchLines(watch()) : []),
    ];
    return reply.type(metricsType).send(`${lines.join('\n')}\n`);
  };
  const all: Readonly<Record<string, Page>> = {
    '/healthz': { answer: () => ({ status: 'alive', version }) },
    '/readyz': { answer: ready },
    // Its labels name applications, services and releases.
    '/metrics': { answer: metrics, asks: { name: '/metrics', effect: 'read' } },
    '/v1/openapi.json': { answer: () => (description ??= openApiOf(catalogue, version)) },
  };
  return { meter, all };
}
