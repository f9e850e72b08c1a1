// A request's time in a waiting room: of the gateway while its service is paused, of the service while nobody is ready or no place is free.
import type { Duration } from '../../base/units.ts';
import type { Service } from '../routing/service.ts';
import type { ClientSide, Plane, Refusal, Waiter } from './plane.ts';
import { refusals } from './refusals.ts';

export class Waiting {
  readonly #plane: Plane;
  readonly #client: ClientSide;
  readonly #who: Waiter;
  readonly #since: number;
  #service: Service;
  #held = false;

  constructor(plane: Plane, client: ClientSide, who: Waiter, service: Service, now: number) {
    this.#plane = plane;
    this.#client = client;
    this.#who = who;
    this.#service = service;
    this.#since = now;
  }

  /** False when the time to wait, counted from when this request first had to, is over. */
  until(service: Service, now: number, hold: Duration): boolean {
    this.#turnTo(service);
    const left = this.#since + hold - now;
    if (left <= 0) return false;
    if (!this.#held) service.tally.counts.held++;
    this.#held = true;
    this.#plane.waiting.add(this.#who);
    this.#client.expectWithin(left);
    return true;
  }

  /** Every instance has as much to do as it may. Returns the refusal when it is not worth waiting any more. */
  forPlace(service: Service, now: number): Refusal | undefined {
    const { places, policy, tally } = service;
    tally.leave(this.#who);
    const room = places.has(this.#who) || places.waiting < (policy.limit?.queue ?? 0);
    if (room && this.until(service, now, policy.limit?.wait ?? 0)) {
      places.join(this.#who);
      return undefined;
    }
    tally.counts.overloaded++;
    return refusals.overloaded;
  }

  /** Nobody is ready. Returns the refusal when it is not worth waiting any more. */
  forInstance(service: Service, now: number): Refusal | undefined {
    const { tally } = service;
    const { wake, hold } = service.policy;
    service.places.leave(this.#who);
    if (wake !== undefined && !tally.has(this.#who) && tally.waiting >= wake.most) return refusals.tooManyWaiting;
    if (!this.until(service, now, wake?.hold ?? hold)) return refusals.noUpstream;
    tally.wait(this.#who);
    return undefined;
  }

  over(): void {
    this.#plane.waiting.delete(this.#who);
    this.#service.tally.leave(this.#who);
    this.#service.places.leave(this.#who);
  }

  /** A new table may have given its host and path to another service. */
  #turnTo(service: Service): void {
    if (service.key !== this.#service.key) this.over();
    this.#service = service;
  }
}
