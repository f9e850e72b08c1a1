// Our generator of load: processes of its own that share one schedule, merged exactly.
import { fileURLToPath } from 'node:url';
import { CodeError } from '../../base/errors.ts';
import { hashOf } from '../../base/random.ts';
import { topOf } from '../../decide/prove/buckets.ts';
import type { PhasePart } from '../../decide/prove/phase.ts';
import { exhibitOf } from '../../decide/prove/phase.ts';
import type { LoadPhase, PhaseExhibit } from '../../model/proving/load.ts';
import type { LoadPlan } from '../../model/proving/scenario.ts';
import { Colleague } from '../../platform/colleague.ts';
import type { LoadEngine, LoadGlance } from './engine.ts';
import type { Order, PartGlance, Told } from './sender/orders.ts';
import { machineNow } from './sender/orders.ts';

const entry = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? 'sender/sender.ts' : 'sender/sender.js', import.meta.url));

/** All processes have heard of a phase before it begins, in milliseconds. */
const notice = 100;

export function openLoadEngine(plan: LoadPlan): LoadEngine {
  return new OurEngine(plan);
}

class OurEngine implements LoadEngine {
  readonly #plan: LoadPlan;
  #senders: Promise<readonly Colleague[]> | undefined;
  #closed = false;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
  }

  async run(phase: LoadPhase, signal: AbortSignal, live?: (glance: LoadGlance) => void): Promise<PhaseExhibit> {
    if (this.#closed) throw new CodeError('internal', 'This generator of load was closed.');
    this.#senders ??= hire(this.#plan.workers);
    const senders = await this.#senders;
    const seed = hashOf(`${this.#plan.seed} ${phase.name}`);
    const [startAt, startedAt] = [machineNow() + notice, Date.now() + notice];
    const glances = live && new Glances(senders.length, live);
    const orders = senders.map((_, index): Order => ({ kind: 'phase', plan: this.#plan, phase, seed, index, of: senders.length, startAt }));
    const stop = () => senders.forEach((one) => one.tell({ kind: 'stop' } satisfies Order));
    signal.addEventListener('abort', stop, { once: true });
    try {
      const parts = Promise.all(senders.map((one, index) => partOf(one, orders[index], (glance) => glances?.add(index, glance))));
      if (signal.aborted) stop();
      const { slo } = this.#plan;
      return exhibitOf({ phase, seed, startedAt, ...(slo !== undefined && { slo }) }, await parts);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const one of (await this.#senders?.catch(() => [])) ?? []) one.leave();
  }
}

async function hire(count: number): Promise<readonly Colleague[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const one = new Colleague(entry);
      await one.next();
      return one;
    }),
  );
}

function partOf(sender: Colleague, order: Order | undefined, glanced: (glance: PartGlance) => void): Promise<PhasePart> {
  return new Promise((resolve, reject) => {
    const heard = (message: unknown) => {
      const told = message as Told;
      if (told.kind === 'glance') return glanced(told.glance);
      quiet();
      resolve(told.part);
    };
    const quiet = sender.listen(heard, (code) => {
      quiet();
      reject(new CodeError('internal', `A process of the generator of load ended by itself (${code ?? 'by a signal'}).`));
    });
    if (order) sender.tell(order);
  });
}

/** One glance when each process has told its own. */
class Glances {
  readonly #queues: readonly PartGlance[][];
  readonly #live: (glance: LoadGlance) => void;

  constructor(count: number, live: (glance: LoadGlance) => void) {
    this.#queues = Array.from({ length: count }, () => []);
    this.#live = live;
  }

  add(index: number, glance: PartGlance): void {
    this.#queues[index]?.push(glance);
    if (this.#queues.some((one) => one.length === 0)) return;
    this.#live(together(this.#queues.flatMap((one) => one.shift() ?? [])));
  }
}

function together(parts: readonly PartGlance[]): LoadGlance {
  const sum = (value: (part: PartGlance) => number) => parts.reduce((total, one) => total + value(one), 0);
  const latencies = Uint16Array.from(parts.flatMap((one) => [...one.latencies])).sort();
  const at = (p: number) => topOf(latencies[Math.max(0, Math.ceil(p * latencies.length) - 1)] ?? 0) / 1000;
  return {
    at: Math.max(...parts.map((one) => one.at)),
    offered: sum((one) => one.offered),
    succeeded: sum((one) => one.succeeded),
    failed: sum((one) => one.failed),
    inFlight: sum((one) => one.inFlight),
    ...(latencies.length > 0 && { p50: at(0.5), p99: at(0.99) }),
  };
}
