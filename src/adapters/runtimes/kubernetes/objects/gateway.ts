// Shares of traffic as the cluster's own Gateway carries them: an HTTPRoute for each host of a service, over one Service for each of its replica sets. Pure.
// https://gateway-api.sigs.k8s.io/reference/spec/
import type { KubeObject } from '../object.ts';
import { begin } from '../object.ts';
import { annotation, routeName, servicePort } from './names.ts';

/** The Gateway that routes attach to; without a namespace it is in theirs. */
export interface GatewayRef {
  readonly name: string;
  readonly namespace?: string;
}

export interface RouteRequest {
  readonly home: string;
  readonly gateway: GatewayRef;
  /** `shop/staging/api`: whose requests these are. */
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Hosts (`*`: every one) with their path prefixes. */
  readonly routes: readonly { readonly host: string; readonly path: string }[];
  /** By the name of the set; any numbers. */
  readonly weights: Readonly<Record<string, number>>;
}

/** What weights add up to: one is 0.01 % of the requests. */
const whole = 10_000;

export function httpRoutes({ home, gateway, key, labels, routes, weights }: RouteRequest): readonly KubeObject[] {
  const parentRefs = [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', ...gateway }];
  const sum = Object.values(weights).reduce((total, one) => total + one, 0);
  const backendRefs = Object.entries(weights)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, weight]) => ({
      group: '',
      kind: 'Service',
      name,
      port: servicePort,
      weight: sum > 0 ? Math.round((weight / sum) * whole) : 0,
    }));
  return [...Map.groupBy(routes, (one) => one.host)].map(([host, group]) => {
    const matches = [...new Set(group.map((one) => one.path))].toSorted().map((value) => ({ path: { type: 'PathPrefix', value } }));
    return {
      ...begin('HTTPRoute', { name: routeName(home, key, host), labels, annotations: { [annotation.key]: key } }),
      spec: { parentRefs, ...(host !== '*' && { hostnames: [host] }), rules: [{ matches, backendRefs }] },
    };
  });
}
