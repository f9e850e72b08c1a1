// The requests that a crowd sends, as the gateway counts them: spread by the shares of the table in force, and met as each release meets them.
import { serviceKey } from '../../../src/model/instance.ts';
import type { LatencyBucket, ReleaseTraffic, RouteTable } from '../../../src/model/route.ts';
import { scope } from '../../kit/specs.ts';

/** Milliseconds: nine of ten requests are answered within the first, all within the last; between them is where the percentile is looked for. */
const usual = [20, 45, 50];
const sluggish = [80, 180, 200];
const failing = { erring: 0.4, others: 0.01 };

interface Counter {
  readonly service: string;
  readonly release: string;
  /** Whole ones are counted; what is left of a request comes with the next. */
  requests: number;
}

export class Crowd {
  readonly #codeOf: (release: string) => string;
  /** Requests a second to each service. */
  #rate = 0;
  #since = 0;
  #life = 1;
  /** In this life of the gateway, and in all of them. */
  #counters = new Map<string, Counter>();
  readonly #total = new Map<string, number>();

  constructor(codeOf: (release: string) => string) {
    this.#codeOf = codeOf;
  }

  get epoch(): string {
    return `gateway ${this.#life}`;
  }

  /** Of all lives of the gateway. */
  requestsTo(release: string): number {
    return Math.floor(this.#total.get(release) ?? 0);
  }

  /** Adds what came since it was called last, by the table that was in force until now. */
  come(table: RouteTable | undefined, now: number): void {
    const requests = (this.#rate * (now - this.#since)) / 1000;
    this.#since = now;
    if (requests === 0) return;
    for (const { key, releases } of table?.services ?? []) {
      const reached = releases.filter((one) => one.upstreams.length > 0 && one.weight > 0);
      const sum = reached.reduce((total, one) => total + one.weight, 0);
      for (const { release, weight } of reached) this.#add(key, release, (requests * weight) / sum);
    }
  }

  change(rate: number): void {
    this.#rate = rate;
  }

  /** The gateway is started again. */
  recount(): void {
    this.#life += 1;
    this.#counters = new Map();
  }

  counted(): readonly ReleaseTraffic[] {
    return [...this.#counters.values()].map(({ service, release, requests }) => {
      const [code] = this.#codeOf(release).split('-');
      const count = Math.floor(requests);
      const failures = Math.floor(count * (code === 'erring' ? failing.erring : failing.others));
      return { service, release, requests: count, failures, latency: latencyOf(count, code === 'sluggish' ? sluggish : usual) };
    });
  }

  #add(service: string, release: string, requests: number): void {
    const counter = this.#counters.get(`${service} ${release}`) ?? { service, release, requests: 0 };
    counter.requests += requests;
    this.#counters.set(`${service} ${release}`, counter);
    if (service !== serviceKey(scope, release.split('@')[0] ?? '')) return;
    this.#total.set(release, (this.#total.get(release) ?? 0) + requests);
  }
}

function latencyOf(requests: number, [fast = 0, between = 0, last = 0]: readonly number[]): readonly LatencyBucket[] {
  const late = Math.floor(requests / 10);
  return [
    { atMost: fast, count: requests - late },
    { atMost: between, count: 0 },
    { atMost: last, count: late },
  ];
}
