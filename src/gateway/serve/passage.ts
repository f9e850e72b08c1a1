// A request's passage through an upstream: connecting, sending, answering. Knows the wire; where to go, and whether again, its owner decides.
import type { TrafficPolicy } from '../../model/traffic.ts';
import type { RequestHead } from '../http/request.ts';
import type { LinkOwner } from '../routing/link.ts';
import type { Target } from '../routing/service.ts';
import { Answer } from './answer.ts';
import type { ClientSide } from './plane.ts';
import { Seat } from './seat.ts';
import { Upload } from './upload.ts';

/** How a passage ends, told once per attempt. */
export interface PassageOwner {
  readonly requestId: string;
  /** The connection was refused, or not there in time. */
  unreachable(late: boolean): void;
  /** The upstream left the table before anything was sent to it. */
  retiredUnsent(): void;
  /** A connection that had served before ended without a byte of an answer. */
  lostUnanswered(): void;
  /** A connection of its own ended without a byte of an answer. */
  unanswered(): void;
  /** The upstream broke off its answer. */
  closedEarly(): void;
  garbled(thrown: unknown): void;
  finished(keepClient: boolean, now: number): void;
  upgraded(early: Buffer): void;
}

type Phase = 'idle' | 'connecting' | 'sent' | 'answering';

export class Passage implements LinkOwner {
  readonly seat: Seat;
  readonly upload: Upload;
  readonly answer: Answer;
  readonly #client: ClientSide;
  readonly #owner: PassageOwner;
  #policy: TrafficPolicy | undefined;
  #phase: Phase = 'idle';

  constructor(client: ClientSide, owner: PassageOwner, request: RequestHead, now: number) {
    this.#client = client;
    this.#owner = owner;
    this.seat = new Seat(now);
    this.upload = new Upload(client, request);
    this.answer = new Answer(client, request);
  }

  get phase(): Phase {
    return this.#phase;
  }

  get holdsBytes(): boolean {
    return this.#client.socket.writableLength > 0 || this.answer.partial;
  }

  go(target: Target, policy: TrafficPolicy, reuse: boolean, now: number): void {
    this.#policy = policy;
    if (this.seat.take(target, this, reuse, now)) this.#send(now);
    else {
      this.#phase = 'connecting';
      this.#client.expectWithin(policy.connectTimeout, now);
    }
  }

  /** Leaves the upstream; `failed` undefined: this attempt counts for nothing. */
  leave(failed: boolean | undefined): void {
    this.#phase = 'idle';
    this.seat.leave(failed, performance.now());
  }

  takeBody(bytes: Buffer, from: number, maxBody: number): number {
    const end = this.upload.take(bytes, from, maxBody);
    this.#expectProgress();
    return end;
  }

  clientDrained(): void {
    if (this.seat.stalled) this.seat.goOn(performance.now());
    this.seat.link?.socket.resume();
    this.#expectProgress();
  }

  linkConnected(): void {
    // It left the table while we were knocking: it gets no new request.
    if (this.seat.retired) this.#owner.retiredUnsent();
    else this.#send();
  }

  linkData(chunk: Buffer): void {
    let ready = true;
    try {
      ready = this.answer.feed(chunk, this.seat.target?.upstream.readHead);
    } catch (thrown) {
      this.#owner.garbled(thrown);
      return;
    }
    if (this.#phase === 'sent' && this.answer.head !== undefined) {
      this.#phase = 'answering';
      this.seat.target?.upstream.failures.succeeded();
    }
    if (this.answer.upgraded !== undefined) this.#owner.upgraded(this.answer.upgraded);
    else if (this.answer.done) this.#finish();
    else {
      // Only while bytes remain and the client lives (its end destroys the link): a paused link must never reach the idle pool.
      if (!ready) {
        this.seat.link?.socket.pause();
        this.seat.stall(performance.now());
      }
      this.#expectProgress();
    }
  }

  linkDrained(): void {
    this.#client.socket.resume();
    this.#expectProgress();
  }

  linkClosed(clean: boolean): void {
    if (this.#phase === 'connecting') this.#owner.unreachable(false);
    else if (this.answer.ended(clean)) this.#finish();
    else if (this.answer.heard) this.#owner.closedEarly();
    else if (this.seat.reused) this.#owner.lostUnanswered();
    else this.#owner.unanswered();
  }

  #send(now?: number): void {
    const { link } = this.seat;
    if (link === undefined) return;
    this.#phase = 'sent';
    this.upload.send(link, this.#owner.requestId);
    this.#expectProgress(now);
  }

  #expectProgress(now?: number): void {
    const policy = this.#policy;
    if (policy === undefined || (this.#phase !== 'sent' && this.#phase !== 'answering')) return;
    const answerDue = this.#phase === 'sent' && this.upload.done;
    this.#client.expectWithin(answerDue ? policy.responseTimeout : policy.idleTimeout, now);
  }

  #finish(): void {
    const { head, reusable, keepClient } = this.answer;
    const complete = this.upload.done;
    this.#phase = 'idle';
    const now = performance.now();
    this.seat.leaveWell((head?.status ?? 0) >= 500, reusable && complete, head?.idleFor ?? -1, now);
    this.#owner.finished(keepClient && complete, now);
  }
}
