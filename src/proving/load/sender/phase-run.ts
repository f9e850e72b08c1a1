// One process's part of one phase: sends what is due whether or not earlier requests were answered, and counts what became of them.
import { hashOf, Random } from '../../../base/random.ts';
import type { PhasePart } from '../../../decide/prove/phase.ts';
import { windowWidth } from '../../../decide/prove/phase.ts';
import type { LoadPlan } from '../../../model/proving/scenario.ts';
import { LoadClient } from '../../../platform/load/client.ts';
import type { Flight } from '../../../platform/load/flight.ts';
import type { AnswerHead } from '../../../platform/load/head.ts';
import { labelsOf } from './asking.ts';
import type { Order, PartGlance } from './orders.ts';
import { machineNow } from './orders.ts';
import type { Source } from './source.ts';
import { sourceOf } from './source.ts';
import type { Labels } from './tally.ts';
import { Tally } from './tally.ts';
import type { Visit } from './visits.ts';
import { Visits } from './visits.ts';

export type PhaseOrder = Extract<Order, { readonly kind: 'phase' }>;

const glanceEvery = 250;
const noLabels: Labels = {};

export class PhaseRun {
  readonly #order: PhaseOrder;
  readonly #client: LoadClient;
  readonly #visits: Visits;
  readonly #source: Source;
  readonly #tally = new Tally();
  /** On this process's `performance.now()`. */
  readonly #start: number;
  readonly #before = process.cpuUsage();
  readonly #glance: (glance: PartGlance) => void;
  #timer: NodeJS.Timeout | undefined;
  #ended: ((part: PhasePart) => void) | undefined;
  #stopped: number | undefined;
  #windows = 0;
  #nextGlance = glanceEvery;

  constructor(order: PhaseOrder, glance: (glance: PartGlance) => void) {
    const { plan, phase, seed, index, of, startAt } = order;
    const { host, port, secure } = plan.target;
    const servername = secure === true ? { servername: routeOf(plan) } : {};
    const connections = Math.max(1, Math.floor(plan.connections / of));
    this.#order = order;
    this.#glance = glance;
    this.#client = new LoadClient({ host, port, ...servername, keepAlive: plan.keepAlive, timeout: plan.timeout, connections });
    this.#visits = new Visits(plan, new Random(hashOf(`${seed} choice ${index}`)));
    this.#start = startAt - (machineNow() - performance.now());
    this.#source = sourceOf(phase, seed, index, of);
  }

  /** Resolves when everything is answered, timed out or cut off. */
  run(): Promise<PhasePart> {
    return new Promise((resolve) => {
      this.#ended = resolve;
      this.#timer = setInterval(() => this.#tick(), 1);
    });
  }

  /** Now: what is out is cut off. */
  stop(): void {
    this.#stopped = Math.min(this.#order.phase.lasts, Math.max(0, performance.now() - this.#start));
    this.#client.close();
    this.#finish();
  }

  get #over(): boolean {
    return this.#stopped !== undefined || this.#source.over;
  }

  #tick(): void {
    const now = performance.now() - this.#start;
    if (now < 0) return;
    this.#lookAt(now);
    this.#sendDue();
    this.#client.sweep(now + this.#start);
    if (now >= this.#order.phase.lasts && this.#source.over && this.#tally.inFlight === 0) this.#finish();
  }

  #lookAt(now: number): void {
    const last = Math.ceil(this.#order.phase.lasts / windowWidth);
    for (; this.#windows < last && now >= (this.#windows + 1) * windowWidth; this.#windows += 1) this.#tally.looked(this.#windows);
    if (now < this.#nextGlance) return;
    this.#glance(this.#tally.glance(now));
    this.#nextGlance = now + glanceEvery;
  }

  #sendDue(): void {
    for (let now = performance.now() - this.#start; !this.#over && this.#source.next <= now; now = performance.now() - this.#start) {
      const intended = this.#source.next;
      this.#source.advance();
      this.#send(this.#visits.begin(), intended, now);
    }
    this.#goOn();
  }

  /** Those who have thought long enough. When the phase is over, nobody goes on. */
  #goOn(): void {
    if (this.#stopped !== undefined) return;
    const most = this.#order.phase.lasts;
    for (let now = performance.now() - this.#start; ; now = performance.now() - this.#start) {
      const next = this.#visits.due(Math.min(now, most));
      if (next === undefined) return;
      this.#send(next.visit, next.due, now);
    }
  }

  #send(visit: Visit, intended: number, now: number): void {
    this.#tally.offered(intended, now);
    if (this.#client.send(new OneFlight(this, this.#visits, visit, intended, now), now + this.#start)) return;
    this.#tally.dropped(intended);
    this.#source.answered(now);
  }

  /** `ended`: on the clock of `performance.now()`. */
  over(flight: OneFlight, ended: number, failure: string | undefined, head?: AnswerHead): void {
    const { intended, left, visit } = flight;
    const at = ended - this.#start;
    if (this.#stopped !== undefined) return this.#tally.unanswered(intended);
    const labels = head === undefined ? noLabels : labelsOf(head);
    const status = head === undefined ? {} : { status: head.status };
    const request = this.#visits.asking(visit).name;
    this.#tally.ended({ intended, left, ended: at, request, ...status, labels, ...(failure !== undefined && { failure }) });
    if (failure !== undefined) return this.#source.answered(at);
    if (!this.#visits.goOn(visit, at)) this.#source.answered(at);
    // A user who does not think asks at once, not at the next tick.
    this.#sendDue();
  }

  #finish(): void {
    clearInterval(this.#timer);
    const end = performance.now() - this.#start;
    this.#glance(this.#tally.glance(Math.max(0, end)));
    const { user, system } = process.cpuUsage(this.#before);
    const cpu = end > 0 ? (user + system) / 1000 / end : 0;
    const lasted = this.#stopped ?? this.#order.phase.lasts;
    this.#ended?.(this.#tally.part({ lasted, cpu, exhausted: [...this.#client.exhausted] }));
    this.#ended = undefined;
    this.#client.close();
  }
}

class OneFlight implements Flight {
  readonly outgoing;
  readonly visit: Visit;
  readonly intended: number;
  readonly left: number;
  wire: Flight['wire'];
  deadline = 0;
  readonly #run: PhaseRun;
  readonly #asking;

  constructor(run: PhaseRun, visits: Visits, visit: Visit, intended: number, left: number) {
    this.#run = run;
    this.#asking = visits.asking(visit);
    this.visit = visit;
    this.outgoing = this.#asking.outgoing(visit.values);
    this.intended = intended;
    this.left = left;
  }

  answered(head: AnswerHead, body: string, now: number): void {
    this.#run.over(this, now, this.#asking.judge(head, body, this.visit.values), head);
  }

  broken(because: string, now: number): void {
    this.#run.over(this, now, because);
  }
}

/** The name that is asked for over TLS. */
function routeOf({ requests, flows = [] }: LoadPlan): string {
  return (requests[0] ?? flows[0]?.steps[0])?.route ?? '';
}
