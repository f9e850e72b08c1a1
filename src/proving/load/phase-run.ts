// One process's part of one phase: sends what is due whether or not earlier requests were answered, and counts what became of them.
import { hashOf, Random } from '../../base/random.ts';
import { arrivalTimes } from '../../decide/prove/arrivals.ts';
import type { PhasePart } from '../../decide/prove/phase.ts';
import { windowWidth } from '../../decide/prove/phase.ts';
import { LoadClient } from '../../platform/load/client.ts';
import type { Flight } from '../../platform/load/flight.ts';
import type { AnswerHead } from '../../platform/load/head.ts';
import type { Asking } from './asking.ts';
import { askingOf, labelsOf } from './asking.ts';
import type { Order, PartGlance } from './orders.ts';
import { machineNow } from './orders.ts';
import type { Source } from './source.ts';
import { Schedule } from './source.ts';
import type { Labels } from './tally.ts';
import { Tally } from './tally.ts';
import { Users } from './users.ts';

export type PhaseOrder = Extract<Order, { readonly kind: 'phase' }>;

const glanceEvery = 250;
const noLabels: Labels = {};

export class PhaseRun {
  readonly #order: PhaseOrder;
  readonly #client: LoadClient;
  readonly #askings: readonly Asking[];
  readonly #choice: Random;
  readonly #weights: number;
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
    const servername = secure === true ? { servername: plan.requests[0].route } : {};
    const connections = Math.max(1, Math.floor(plan.connections / of));
    this.#order = order;
    this.#glance = glance;
    this.#client = new LoadClient({ host, port, ...servername, keepAlive: plan.keepAlive, timeout: plan.timeout, connections });
    this.#askings = plan.requests.map((one) => askingOf(one, plan.keepAlive));
    this.#weights = this.#askings.reduce((sum, { weight }) => sum + weight, 0);
    this.#choice = new Random(hashOf(`${seed} choice ${index}`));
    this.#start = startAt - (machineNow() - performance.now());
    const { arrivals, lasts } = phase;
    this.#source =
      arrivals.kind === 'users'
        ? new Users(arrivals, lasts, index, of)
        : new Schedule(arrivalTimes(arrivals, lasts, draws(seed)), index, of);
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
      this.#send(intended, now);
    }
  }

  #send(intended: number, now: number): void {
    this.#tally.offered(intended, now);
    const asking = this.#chosen();
    if (asking === undefined || this.#client.send(new OneFlight(this, asking, intended, now), now + this.#start)) return;
    this.#tally.dropped(intended);
    this.#source.answered(now);
  }

  #chosen(): Asking | undefined {
    if (this.#askings.length === 1) return this.#askings[0];
    let left = this.#choice.next() * this.#weights;
    return this.#askings.find(({ weight }) => (left -= weight) < 0) ?? this.#askings[0];
  }

  /** `ended`: on the clock of `performance.now()`. */
  over(flight: OneFlight, ended: number, failure: string | undefined, head?: AnswerHead): void {
    const { intended, left, asking } = flight;
    const at = ended - this.#start;
    if (this.#stopped !== undefined) return this.#tally.unanswered(intended);
    const labels = head === undefined ? noLabels : labelsOf(head);
    const status = head === undefined ? {} : { status: head.status };
    this.#tally.ended({ intended, left, ended: at, request: asking.name, ...status, labels, ...(failure !== undefined && { failure }) });
    this.#source.answered(at);
    // A user who does not think asks at once, not at the next tick.
    if (failure === undefined && this.#source.next <= at) this.#sendDue();
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
  readonly asking: Asking;
  readonly intended: number;
  readonly left: number;
  wire: Flight['wire'];
  deadline = 0;
  readonly #run: PhaseRun;

  constructor(run: PhaseRun, asking: Asking, intended: number, left: number) {
    this.#run = run;
    this.asking = asking;
    this.outgoing = asking.outgoing;
    this.intended = intended;
    this.left = left;
  }

  answered(head: AnswerHead, body: string, now: number): void {
    this.#run.over(this, now, this.asking.failureIn(head, body), head);
  }

  broken(because: string, now: number): void {
    this.#run.over(this, now, because);
  }
}

function draws(seed: number): () => number {
  const random = new Random(seed);
  return () => random.next();
}
