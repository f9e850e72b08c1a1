// An honest client: requests leave on schedule whether or not earlier ones were answered, and everything that is not a good answer is counted as failed.
import type { Duration } from '../../base/units.ts';
import { Caller } from '../../platform/http/caller.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface RequestPlan {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** The Host header: the route that is asked for. */
  readonly route: string;
  /** JSON. */
  readonly body?: string;
}

export interface TrafficReport {
  readonly sent: number;
  readonly succeeded: number;
  /** Refused, reset, timed out, or answered with 4xx or 5xx. */
  readonly failed: number;
  /** What went wrong, counted by kind (`503 no_upstream`, `ECONNRESET`, …). */
  readonly failures: Readonly<Record<string, number>>;
  /** Answers by what their `label` header said. */
  readonly versions: Readonly<Record<string, number>>;
  /** Milliseconds from the intended start, sorted. */
  readonly latencies: readonly Duration[];
  /** How late requests were sent, against their intended start: what of the latencies is the client's own. Milliseconds, sorted. */
  readonly delays: readonly Duration[];
}

/** One request from its intended start to its end; both on the clock of `performance.now()`. */
export interface Exchange {
  readonly intended: number;
  readonly ended: number;
  readonly failure: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export interface TrafficOptions {
  readonly target: Target;
  /** Arrivals a second, evenly spaced. */
  readonly rate: number;
  readonly plans: readonly [RequestPlan, ...RequestPlan[]];
  readonly keepAlive: boolean;
  readonly timeout: Duration;
  /** The response header that tells versions apart, in lower case. */
  readonly label?: string;
  /** Told of each exchange when it is over. */
  readonly onExchange?: (exchange: Exchange) => void;
}

/** How often arrivals that are due are sent, in milliseconds. */
const tick = 5;

/** Starts at once; `stop` ends the arrivals, waits for the answers that are still out, and reports. */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #caller: Caller;
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Set<Promise<void>>();
  readonly #failures = new Map<string, number>();
  readonly #versions = new Map<string, number>();
  readonly #latencies: Duration[] = [];
  readonly #delays: Duration[] = [];
  #sent = 0;
  #succeeded = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#caller = new Caller({ keepAlive: options.keepAlive });
    this.#timer = setInterval(() => this.#catchUp(), tick);
  }

  get failed(): number {
    return [...this.#failures.values()].reduce((sum, one) => sum + one, 0);
  }

  async stop(): Promise<TrafficReport> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    this.#caller.close();
    return {
      sent: this.#sent,
      succeeded: this.#succeeded,
      failed: this.failed,
      failures: Object.fromEntries(this.#failures),
      versions: Object.fromEntries(this.#versions),
      latencies: this.#latencies.toSorted((a, b) => a - b),
      delays: this.#delays.toSorted((a, b) => a - b),
    };
  }

  /** Sends everything that is due; after a stall the late ones keep their intended start, so the stall shows in their latency. */
  #catchUp(): void {
    const { rate, plans } = this.#options;
    const due = Math.floor(((performance.now() - this.#started) / 1000) * rate);
    while (this.#sent < due) {
      const intended = this.#started + (this.#sent / rate) * 1000;
      const work = this.#send(plans[this.#sent % plans.length] ?? plans[0], intended);
      this.#delays.push(performance.now() - intended);
      this.#sent += 1;
      this.#open.add(work);
      void work.finally(() => this.#open.delete(work));
    }
  }

  async #send({ method, path, route, body }: RequestPlan, intended: number): Promise<void> {
    const { target, timeout, label, onExchange } = this.#options;
    const headers = { host: route, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const answered = await this.#caller.ask({ ...target, method, path, headers, body, timeout });
    const ended = performance.now();
    const failure = failureIn(answered);
    if (failure === undefined) this.#succeeded += 1;
    else count(this.#failures, failure);
    const seen = answered.kind === 'answer' ? answered.headers : {};
    const version = label === undefined ? undefined : seen[label];
    if (version !== undefined) count(this.#versions, version);
    this.#latencies.push(ended - intended);
    onExchange?.({ intended, ended, failure, headers: seen });
  }
}

function failureIn(answered: Awaited<ReturnType<Caller['ask']>>): string | undefined {
  if (answered.kind === 'broken') return answered.because;
  return answered.status < 400 ? undefined : `${answered.status} ${answered.headers['x-code-reason'] ?? ''}`.trim();
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** The p-th quantile (0 to 1) of sorted values; NaN when there are none. */
export function quantile(sorted: readonly number[], p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}
