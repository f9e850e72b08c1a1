// What the gateway counted, for /metrics: by release, by service, by instance.
import type { ReleaseTraffic, ServiceTraffic, TrafficObservation } from '../../../model/route.ts';
import { family, histogram, sample } from './exposition.ts';

type Counter = Exclude<keyof ServiceTraffic, 'service' | 'inFlight'>;

/** Names end with what Prometheus expects; texts say when it counts. */
const counters: Readonly<Record<Counter, readonly [name: string, help: string]>> = {
  requests: ['codectl_gateway_service_requests_total', 'Requests that were routed to a service, whatever became of them.'],
  held: ['codectl_gateway_held_total', 'Requests that had to wait: nobody ready, paused, or no place free.'],
  retries: ['codectl_gateway_retries_total', 'Second and further tries.'],
  ejections: ['codectl_gateway_ejections_total', 'Times that an instance was left alone after failures.'],
  overloaded: ['codectl_gateway_overloaded_total', 'Requests refused because every instance had as many as it may.'],
  rateLimited: ['codectl_gateway_rate_limited_total', 'Requests refused because their sender had too many.'],
  mirrored: ['codectl_gateway_mirrored_total', 'Copies that were sent to a mirror.'],
  mirrorsSkipped: ['codectl_gateway_mirrors_skipped_total', 'Copies left out because too many were under way.'],
  byRule: ['codectl_gateway_by_rule_total', 'Requests sent to a release by a rule.'],
  byCookie: ['codectl_gateway_by_cookie_total', "Requests sent to the new release by a visitor's cookie."],
};

export function trafficLines(observed: TrafficObservation): readonly string[] {
  const { version, releases, mirrors, chosen = [], services, waiting, ejected } = observed;
  return [
    ...family('codectl_route_table_version', 'gauge', 'The route table that is in force.'),
    sample('codectl_route_table_version', {}, version),
    ...releaseLines('codectl_gateway', releases, 'that the gateway answered and sent by lot'),
    ...releaseLines('codectl_gateway_chosen', chosen, 'that were not sent by lot and decide no verdict'),
    ...releaseLines('codectl_gateway_mirror', mirrors, 'copied to a mirror'),
    ...Object.entries(counters).flatMap(([key, [name, help]]) => [
      ...family(name, 'counter', help),
      ...services.map((one) => sample(name, { service: one.service }, one[key as Counter])),
    ]),
    ...family('codectl_gateway_in_flight', 'gauge', 'Requests being served and tunnels.'),
    ...services.map(({ service, inFlight }) => sample('codectl_gateway_in_flight', { service }, inFlight)),
    ...family('codectl_gateway_waiting', 'gauge', 'Requests that wait for an instance to come up.'),
    ...services.map(({ service }) => sample('codectl_gateway_waiting', { service }, waiting[service] ?? 0)),
    ...family('codectl_gateway_ejected', 'gauge', 'Instances that are left alone at the moment.'),
    ...Object.keys(ejected).map((instance) => sample('codectl_gateway_ejected', { instance }, 1)),
  ];
}

function releaseLines(prefix: string, releases: readonly ReleaseTraffic[], which: string): readonly string[] {
  const labelled = releases.map((one) => ({ labels: { service: one.service, release: one.release }, one }));
  return [
    ...family(`${prefix}_requests_total`, 'counter', `Requests ${which}, by release.`),
    ...labelled.map(({ labels, one }) => sample(`${prefix}_requests_total`, labels, one.requests)),
    ...family(`${prefix}_failures_total`, 'counter', `Requests ${which} that failed, by release.`),
    ...labelled.map(({ labels, one }) => sample(`${prefix}_failures_total`, labels, one.failures)),
    ...family(`${prefix}_request_duration_seconds`, 'histogram', `From the head of a request ${which} to the last byte of its response.`),
    ...labelled.flatMap(({ labels, one }) =>
      histogram(`${prefix}_request_duration_seconds`, labels, {
        bounds: one.latency.map(({ atMost }) => atMost / 1000),
        counts: one.latency.map(({ count }) => count),
        total: one.latency.reduce((sum, { count }) => sum + count, 0),
      }),
    ),
  ];
}
