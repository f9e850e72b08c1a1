// A request's place at an upstream: the connection it uses, its count in flight, and where it may go when that place is no good.
import { defaultRetries } from '../../model/traffic.ts';
import type { RetryBudget } from '../routing/budget.ts';
import type { Link, LinkOwner } from '../routing/link.ts';
import type { Service, Target } from '../routing/service.ts';
import type { Upstream } from '../routing/upstream.ts';

export class Seat {
  target: Target | undefined;
  link: Link | undefined;
  #startedAt: number;
  #stalledAt: number | undefined;
  #attempts = 0;
  #failed: Set<Upstream> | undefined;

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  /** The upstream left the table while the request was on its way to it. */
  get retired(): boolean {
    return this.target?.upstream.retired === true;
  }

  /** The client does not take what it asked for. Its time is not the release's: who reads one release's answers slowly would make that look slow. */
  get stalled(): boolean {
    return this.#stalledAt !== undefined;
  }

  stall(now: number): void {
    this.#stalledAt ??= now;
  }

  goOn(now: number): void {
    if (this.#stalledAt === undefined) return;
    this.#startedAt += now - this.#stalledAt;
    this.#stalledAt = undefined;
  }

  /** The connection had served before: that it died may only mean that it was idle for too long. */
  get reused(): boolean {
    return (this.link?.completed ?? 0) > 0;
  }

  /** Takes a place; true when its connection is there already. */
  take(target: Target, owner: LinkOwner, reuse: boolean, now: number): boolean {
    const { upstream } = target;
    this.#attempts++;
    this.target = target;
    upstream.inFlight++;
    this.link = reuse ? upstream.takeIdle(owner, now) : undefined;
    if (this.link !== undefined) return true;
    this.link = upstream.connect(owner);
    return false;
  }

  /** Another place after this one failed, paid from the service's budget, or the one that all share; undefined when there is none. `stale`: a new connection to the same will do. */
  another(service: Service, shared: RetryBudget, stale: boolean, now: number): Target | undefined {
    const { target } = this;
    const { attempts } = service.policy.retries ?? defaultRetries;
    if (target === undefined || this.#attempts >= attempts) return undefined;
    this.#failed ??= new Set();
    this.#failed.add(target.upstream);
    const again = stale && !target.upstream.retired ? target : undefined;
    const other = service.pickOther(this.#failed, target, now) ?? again;
    return other === undefined || other.upstream.retired || !(service.budget ?? shared).take(now) ? undefined : other;
  }

  /** Leaves with the answer complete; the connection goes back to the others if it can serve again. */
  leaveWell(failed: boolean, reusable: boolean, idleFor: number, now: number): void {
    const { link, target } = this;
    if (reusable && link !== undefined && target !== undefined) {
      this.link = undefined;
      target.upstream.giveBack(link, idleFor, now);
    }
    this.leave(failed, now);
  }

  /** Leaves and cuts the connection; `failed` undefined: this attempt counts for nothing. */
  leave(failed: boolean | undefined, now: number): void {
    this.link?.destroy();
    this.link = undefined;
    const { target } = this;
    if (target === undefined) return;
    this.target = undefined;
    target.upstream.release();
    this.goOn(now);
    if (failed !== undefined) target.meter.record(now - this.#startedAt, failed);
  }
}
