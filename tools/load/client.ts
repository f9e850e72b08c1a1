// An honest client: requests leave on schedule whether or not earlier ones were answered, and everything that is not a good answer is counted as failed.
import { Agent, request } from 'node:http';

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface RequestPlan {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** The Host header: the route that is asked for. */
  readonly route: string;
  readonly body?: string;
}

export interface TrafficReport {
  readonly sent: number;
  readonly succeeded: number;
  /** Refused, reset, timed out, or answered with 4xx or 5xx. */
  readonly failed: number;
  /** What went wrong, counted by kind (`503 no_upstream`, `ECONNRESET`, …). */
  readonly failures: Readonly<Record<string, number>>;
  /** Answers by the version that the response said it came from. */
  readonly versions: Readonly<Record<string, number>>;
  /** Milliseconds from the intended start, sorted. */
  readonly latencies: readonly number[];
}

export interface TrafficOptions {
  readonly target: Target;
  /** Arrivals a second, evenly spaced. */
  readonly rate: number;
  readonly plans: readonly RequestPlan[];
  readonly keepAlive: boolean;
  readonly timeout: number;
}

const tick = 5;

/** Starts at once; `stop` ends the arrivals, waits for the answers that are still out, and reports. */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #agent: Agent;
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Set<Promise<void>>();
  readonly #failures = new Map<string, number>();
  readonly #versions = new Map<string, number>();
  readonly #latencies: number[] = [];
  #sent = 0;
  #succeeded = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: options.keepAlive, maxSockets: 512 });
    this.#timer = setInterval(() => this.#catchUp(), tick);
  }

  get failed(): number {
    return [...this.#failures.values()].reduce((sum, one) => sum + one, 0);
  }

  async stop(): Promise<TrafficReport> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    this.#agent.destroy();
    return {
      sent: this.#sent,
      succeeded: this.#succeeded,
      failed: this.failed,
      failures: Object.fromEntries(this.#failures),
      versions: Object.fromEntries(this.#versions),
      latencies: this.#latencies.toSorted((a, b) => a - b),
    };
  }

  /** Sends everything that is due; after a stall the late ones keep their intended start, so the stall shows in their latency. */
  #catchUp(): void {
    const due = Math.floor(((performance.now() - this.#started) / 1000) * this.#options.rate);
    while (this.#sent < due) {
      const intended = this.#started + (this.#sent / this.#options.rate) * 1000;
      const plan = this.#options.plans[this.#sent % this.#options.plans.length];
      this.#sent += 1;
      if (!plan) return;
      const work = this.#send(plan, intended);
      this.#open.add(work);
      void work.finally(() => this.#open.delete(work));
    }
  }

  #send(plan: RequestPlan, intended: number): Promise<void> {
    const { target, timeout } = this.#options;
    const headers: Record<string, string> = { host: plan.route };
    if (plan.body !== undefined)
      Object.assign(headers, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(plan.body)) });
    return new Promise((resolve) => {
      const settle = (failure: string | undefined, version?: string): void => {
        if (failure === undefined) this.#succeeded += 1;
        else this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1);
        if (version !== undefined) this.#versions.set(version, (this.#versions.get(version) ?? 0) + 1);
        this.#latencies.push(performance.now() - intended);
        resolve();
      };
      const call = request({
        ...target,
        method: plan.method,
        path: plan.path,
        headers,
        agent: this.#agent,
        signal: AbortSignal.timeout(timeout),
      });
      call.on('response', (response) => {
        const status = response.statusCode ?? 0;
        const reason = String(response.headers['x-code-reason'] ?? '');
        const version = response.headers['x-shop-version'];
        response.on('error', (error) => settle(`body: ${error.message}`));
        response.on('end', () =>
          settle(status < 400 ? undefined : `${status} ${reason}`.trim(), typeof version === 'string' ? version : undefined),
        );
        response.resume();
      });
      call.on('error', (error) => settle(error.name === 'TimeoutError' ? 'timeout' : 'code' in error ? String(error.code) : error.message));
      call.end(plan.body);
    });
  }
}

/** The p-th quantile (0 to 1) of sorted values; NaN when there are none. */
export function quantile(sorted: readonly number[], p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}
