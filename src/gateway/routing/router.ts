// Finds the service of a request: exact host, then any host; within it the longest path prefix that ends at a segment border.
import type { Route } from '../../model/route.ts';
import { isNear } from './near.ts';

interface Entry<T> {
  /** Without a trailing slash; '' matches every path. */
  readonly prefix: string;
  readonly target: T;
  readonly internal: boolean;
}

export class Router<T> {
  readonly #hosts = new Map<string, readonly Entry<T>[]>();
  readonly #any: readonly Entry<T>[];
  /** Many requests in a row name the same host. */
  #lastHost = '';
  #lastOwn: readonly Entry<T>[] | undefined;

  constructor(routes: readonly Route[], targetOf: (service: string) => T | undefined) {
    const hosts = new Map<string, Entry<T>[]>();
    for (const route of routes) {
      const target = targetOf(route.service);
      if (target === undefined) continue;
      const host = route.host.toLowerCase();
      const entries = hosts.get(host) ?? [];
      entries.push({ prefix: route.path.replace(/\/+$/, ''), target, internal: route.internal === true });
      hosts.set(host, entries);
    }
    for (const [host, entries] of hosts)
      this.#hosts.set(
        host,
        entries.sort((a, b) => b.prefix.length - a.prefix.length),
      );
    this.#any = this.#hosts.get('*') ?? [];
  }

  /** `host` as in the Host field (any case, with or without a port), `path` as in the request target (with its query), `caller` as for `isNear`. */
  find(host: string, path: string, caller: string): T | undefined {
    if (host !== this.#lastHost) {
      this.#lastOwn = this.#hosts.get(host) ?? this.#hosts.get(bareHost(host));
      this.#lastHost = host;
    }
    const own = this.#lastOwn;
    return (own && match(own, path, caller)) ?? match(this.#any, path, caller);
  }
}

/** Lower case, without port and without the root's trailing dot. */
export function bareHost(host: string): string {
  const name = host.replace(/:\d*$/, '').toLowerCase();
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

function match<T>(entries: readonly Entry<T>[], path: string, caller: string): T | undefined {
  for (const { prefix, target, internal } of entries)
    if ((prefix === '' || (path.startsWith(prefix) && endsSegment(path, prefix.length))) && (!internal || isNear(caller))) return target;
  return undefined;
}

/** End of path, '/' or '?'. */
function endsSegment(path: string, at: number): boolean {
  if (at === path.length) return true;
  const next = path.charCodeAt(at);
  return next === 0x2f || next === 0x3f;
}
