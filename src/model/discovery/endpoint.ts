// How services find each other: names and addresses that stay the same whatever is deployed, and the instances behind them.
import { digestOf } from '../../base/digest.ts';
import type { Address, Scope } from '../instance.ts';

/** One instance that takes requests: ready, running, in the routes. */
export interface Endpoint extends Address, Scope {
  readonly service: string;
  readonly release: string;
  readonly instance: string;
  /** Its part of the requests to the service, from 0 to 1. */
  readonly share: number;
}

export type EndpointChange =
  | { readonly kind: 'added' | 'changed' | 'removed'; readonly endpoint: Endpoint }
  /** All there are; what was known before is forgotten. */
  | { readonly kind: 'all'; readonly endpoints: readonly Endpoint[] };

/** `api.staging.shop.internal`. The domain is reserved for private use (ICANN, 2024). */
export function internalName({ application, environment }: Scope, service: string): string {
  return `${service}.${environment}.${application}.internal`;
}

/**
 * The loopback address at which the gateway serves one service, at its usual port: a function of the name alone, so nothing has to be handed out,
 * kept, or resolved. 127.0.x.x is left to others. Sixteen million addresses: of 100 services two meet with a chance of 1 in 3,000.
 */
export function internalAddress(scope: Scope, service: string): string {
  const bytes = Buffer.from(digestOf(internalName(scope, service)).slice('sha256:'.length), 'hex');
  const [a = 0, b = 0, c = 0] = bytes;
  return `127.${1 + (a % 254)}.${b}.${1 + (c % 254)}`;
}

/** Of `shop/staging/api`; undefined for what is no service of its own (a preview). */
export function scopeOfKey(key: string): (Scope & { readonly service: string }) | undefined {
  const [application, environment, service, ...rest] = key.split('/');
  if (application === undefined || environment === undefined || service === undefined || rest.length > 0) return undefined;
  return { application, environment, service };
}

/** `API_URL`, `API_HOST`, `API_PORT`: where a service that another needs is reached, over all its releases. */
export function neighbourVariables(service: string, { host, port }: Address): Readonly<Record<string, string>> {
  const prefix = service.toUpperCase().replaceAll('-', '_');
  return { [`${prefix}_URL`]: `http://${host}:${port}`, [`${prefix}_HOST`]: host, [`${prefix}_PORT`]: String(port) };
}
