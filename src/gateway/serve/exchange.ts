// One request's life: find a service, wait if it must, pass through an upstream – or another, if nothing was sent yet – and end once.
//
//   start → dispatch ⇄ waiting (paused, nobody ready)
//             ├──→ passage ──→ finished | tunnel
//             ▲       │
//             └───────┘ connect failed, or a reused connection turned out dead

import { isLoopback } from '../../platform/loopback.ts';
import type { RequestHead } from '../http/request.ts';
import type { Service, Target } from '../routing/service.ts';
import type { PassageOwner } from './passage.ts';
import { Passage } from './passage.ts';
import type { ClientSide, Plane, Refusal, Waiter } from './plane.ts';
import { messageOf, refusalOf, refusals } from './refusals.ts';
import { Tunnel } from './tunnel.ts';
import { Visit } from './visit.ts';
import { Waiting } from './waiting.ts';

/** How long a request waits when every instance refuses the connection. */
const replacementWait = 1_000;

export class Exchange implements PassageOwner, Waiter {
  readonly request: RequestHead;
  readonly requestId: string;
  readonly #client: ClientSide;
  readonly #plane: Plane;
  readonly #startedAt: number;
  readonly #passage: Passage;
  #service: Service | undefined;
  #waiting: Waiting | undefined;
  /** Only at a service with traits. */
  #visit: Visit | undefined;
  #counted = false;
  #over = false;
  #spoiled = false;

  constructor(client: ClientSide, plane: Plane, request: RequestHead, now: number) {
    this.#client = client;
    this.#plane = plane;
    this.request = request;
    this.requestId = request.requestId === '' ? plane.nextRequestId() : request.requestId;
    this.#startedAt = now;
    this.#passage = new Passage(client, this, request, now);
  }

  get requestDone(): boolean {
    return this.#passage.upload.done && !this.#spoiled;
  }

  start(): void {
    this.#plane.budget.request(this.#startedAt);
    const { secure } = this.#plane;
    const own = secure === undefined || this.#client.secure ? undefined : secure.answer(this.request.host, this.request.path);
    if (own === undefined) this.#dispatch(this.#startedAt);
    else this.#refuse(own);
  }

  /** Body bytes from the client; returns the index of the first byte that is not this request's. */
  takeBody(bytes: Buffer, from: number): number {
    try {
      return this.#passage.takeBody(bytes, from, this.#maxBody(this.#service));
    } catch (thrown) {
      // Where the next request would begin is no longer sure: nothing may follow on this connection.
      this.#spoiled = true;
      this.#refuseRequest(thrown);
      return bytes.length;
    }
  }

  reconsider(): void {
    if (!this.#over && this.#passage.phase === 'idle') this.#dispatch(performance.now());
  }

  clientDrained(): void {
    this.#passage.clientDrained();
  }

  /** The client's connection is gone: so is the reason for the upstream's work. */
  clientGone(): void {
    if (this.#over) return;
    this.#passage.leave(false);
    this.#end();
  }

  deadlineReached(): void {
    const { phase, upload } = this.#passage;
    if (phase === 'idle') this.#dispatch(performance.now());
    else if (phase === 'connecting') this.unreachable(true);
    else if (phase === 'answering') this.#fail(refusals.idleTimeout, !this.#passage.seat.stalled);
    else if (upload.done) this.#fail(refusals.responseTimeout);
    else this.#fail(refusals.requestTimeout, false);
  }

  unreachable(late: boolean): void {
    const now = performance.now();
    const { target, retired } = this.#passage.seat;
    if (target === undefined || retired) {
      this.retiredUnsent();
      return;
    }
    this.#service?.failed(target.upstream, now);
    if (this.#tryAnother(now, false) || (!late && this.#waitForReplacement(now))) return;
    this.#fail(late ? refusals.connectTimeout : refusals.connectFailed);
  }

  /** Nothing was sent and nobody is to blame: as if the request had just come. */
  retiredUnsent(): void {
    this.#passage.leave(undefined);
    this.#dispatch(performance.now());
  }

  lostUnanswered(): void {
    const { request } = this;
    if (!request.idempotent || request.hasBody || !this.#tryAnother(performance.now(), true)) this.closedEarly();
  }

  /** Whoever takes connections and hangs up is as good as not there. What it was not sent whole it may refuse like this. */
  unanswered(): void {
    const { seat, upload } = this.#passage;
    if (seat.target !== undefined && !seat.retired && upload.done) this.#service?.failed(seat.target.upstream, performance.now());
    this.closedEarly();
  }

  closedEarly(): void {
    if (this.#passage.seat.retired) this.#endOfDrain();
    else this.#fail(refusals.upstreamClosed);
  }

  drainOver(): void {
    if (this.#passage.seat.target?.upstream.cut !== true) return;
    if (this.#passage.phase === 'connecting') this.retiredUnsent();
    else this.#endOfDrain();
  }

  garbled(thrown: unknown): void {
    const { target } = this.#passage.seat;
    if (target !== undefined) this.#service?.failed(target.upstream, performance.now());
    this.#fail({ status: 502, reason: 'bad_response', message: messageOf(thrown) });
  }

  finished(keepClient: boolean, now?: number): void {
    this.#end();
    this.#client.answered(keepClient, now);
  }

  upgraded(early: Buffer): void {
    const { seat, answer } = this.#passage;
    const { link, target } = seat;
    if (link === undefined || target === undefined) return;
    target.meter.record(performance.now() - this.#startedAt, false);
    this.#end();
    const client = this.#client;
    const expectWithin = (ms: number) => client.expectWithin(ms);
    const idle = this.#service?.policy.idleTimeout ?? 0;
    const protocol = answer.head?.upgrade ?? '';
    const tunnel = new Tunnel({ client: client.socket, expectWithin, link, upstream: target.upstream, protocol, idle });
    tunnel.open(early);
    client.becomeTunnel(tunnel);
  }

  #maxBody(service: Service | undefined): number {
    return service?.policy.maxBody ?? Number.POSITIVE_INFINITY;
  }

  #find(): Service | undefined {
    const { host, path, proxied } = this.request;
    return this.#plane.find(host, path, proxied ? '' : this.#client.address);
  }

  #dispatch(now: number): void {
    const service = this.#find();
    this.#service = service;
    if (service === undefined) {
      this.#refuse(refusals.noRoute);
      return;
    }
    try {
      this.#passage.upload.admit(this.#maxBody(service));
    } catch (thrown) {
      this.#refuseRequest(thrown);
      return;
    }
    if (!this.#counted) this.#count(service, now);
    if (service.traits === undefined || this.#isWithinRate(service, service.traits, now)) this.#choose(service, now);
  }

  #count(service: Service, now: number): void {
    this.#counted = true;
    service.tally.counts.requests++;
    service.budget?.request(now);
  }

  #isWithinRate(service: Service, traits: NonNullable<Service['traits']>, now: number): boolean {
    this.#visit ??= new Visit(this.#client, this.#plane, this.request);
    const delay = this.#visit.delay(traits, now);
    if (delay === 0) return true;
    service.tally.counts.rateLimited++;
    this.#refuse(refusals.rateLimited(delay));
    return false;
  }

  #choose(service: Service, now: number): void {
    const { pause, traits } = service;
    if (pause?.kind === 'stopped') this.#refuse(refusals.stopped(pause.message));
    else if (pause?.kind === 'held') {
      if (!this.#wait(service, now).until(service, now, pause.hold)) this.#refuse(refusals.heldTooLong);
    } else {
      const target = traits && this.#visit ? this.#visit.pick(service, traits, now) : service.pick(now);
      if (target === undefined) this.#waitFor(service, now);
      else this.#attempt(target, service, now, true);
    }
  }

  #waitFor(service: Service, now: number): void {
    const waiting = this.#wait(service, now);
    const refusal = service.crowded ? waiting.forPlace(service, now) : waiting.forInstance(service, now);
    if (refusal !== undefined) this.#refuse(refusal);
  }

  #wait(service: Service, now: number): Waiting {
    this.#waiting ??= new Waiting(this.#plane, this.#client, this, service, now);
    return this.#waiting;
  }

  /** The only instance is down, and the engine may not know yet: its new table, or a second try, is worth a moment. */
  #waitForReplacement(now: number): boolean {
    const service = this.#service;
    if (!service || !this.#wait(service, now).until(service, now, Math.min(service.policy.hold, replacementWait))) return false;
    this.#passage.leave(undefined);
    return true;
  }

  #attempt(target: Target, service: Service, now: number, reuse: boolean): void {
    this.#waiting?.over();
    const { traits } = service;
    const { answer } = this.#passage;
    answer.extra = '';
    if (traits !== undefined) this.#visit?.sent(service, traits, target.release.name, answer, this.requestId);
    if (this.request.tells && !this.request.proxied && isLoopback(this.#client.address)) answer.extra += servedBy(target);
    this.#passage.go(target, service.policy, reuse, now);
  }

  /** Only called where the application cannot have seen the request, or seeing it twice does no harm. `stale`: the upstream itself may be well. */
  #tryAnother(now: number, stale: boolean): boolean {
    const { seat } = this.#passage;
    const service = this.#find();
    const other = service && seat.another(service, this.#plane.budget, stale, now);
    if (other === undefined || service === undefined) return false;
    service.tally.counts.retries++;
    // The meter of a release sees a failure only if the request had to leave the release.
    this.#passage.leave(other.meter === seat.target?.meter ? undefined : true);
    this.#attempt(other, service, now, false);
    return true;
  }

  #refuseRequest(thrown: unknown): void {
    const refusal = refusalOf(thrown);
    this.#fail(refusal, refusal.status === 500);
  }

  /** An event stream has no end of its own, so this is one; any other answer must not look whole. */
  #endOfDrain(): void {
    if (this.#passage.answer.endStream()) {
      this.#passage.leave(false);
      this.finished(false);
    } else this.#fail(refusals.drainDeadline);
  }

  /** Ends with the gateway's own answer, or, when one was begun, by breaking the connection off. */
  #fail(refusal: Refusal, releaseFailed = true): void {
    this.#passage.leave(releaseFailed);
    if (this.#passage.answer.begun) {
      this.#end();
      this.#client.breakOff();
    } else this.#refuse(refusal);
  }

  #refuse(refusal: Refusal): void {
    this.#end();
    this.#client.refuse(refusal);
  }

  #end(): void {
    this.#over = true;
    this.#waiting?.over();
  }
}

/** For load that this machine sends itself; nobody else is told how many there are. */
function servedBy({ release, upstream }: Target): string {
  return `X-Code-Release: ${release.name}\r\nX-Code-Instance: ${upstream.address.instance}\r\n`;
}
