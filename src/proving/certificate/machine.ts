// The guard of the environment: what else the machine was busy with while it was measured, second by second, and what kind of machine it is.
import { readFileSync } from 'node:fs';
import { availableParallelism, release, totalmem } from 'node:os';
import type { MachineWatch } from '../../model/proving/trial.ts';
import type { Platform } from '../../model/readiness/certificate.ts';
import { listPids, readStat } from '../../platform/process/proc.ts';

/** More of the machine's time than that for others, or taken by the host, and nothing that was measured counts. */
export const mostForeign = 0.15;
export const mostStolen = 0.1;
const every = 1_000;

export function thisPlatform(engine: string): Platform {
  return {
    kernel: release().split('.').slice(0, 2).join('.'),
    arch: process.arch,
    cpus: availableParallelism(),
    memory: totalmem(),
    node: process.versions.node.split('.')[0] ?? '',
    engine: engine.split('.').slice(0, 2).join('.'),
  };
}

interface Ticks {
  readonly total: number;
  readonly busy: number;
  readonly stolen: number;
}

export class MachineGuard {
  readonly #roots: () => readonly number[];
  readonly #timer: NodeJS.Timeout;
  readonly #first: Ticks | undefined;
  #known = new Map<string, number>();
  #ours = 0;

  /** `roots`: processes that belong to the trial; their children do too. */
  constructor(roots: () => readonly number[]) {
    this.#roots = roots;
    this.#first = machineTicks();
    this.#look(true);
    this.#timer = setInterval(() => this.#look(false), every);
    this.#timer.unref();
  }

  stop(): MachineWatch {
    clearInterval(this.#timer);
    this.#look(false);
    const last = machineTicks();
    if (!this.#first || !last) return { foreign: 0, stolen: 0, valid: false, because: 'this system does not tell what it is busy with' };
    return judgeMachine(
      { total: last.total - this.#first.total, busy: last.busy - this.#first.busy, stolen: last.stolen - this.#first.stolen },
      this.#ours,
    );
  }

  /** What a process used since it was last seen; of a new one all, for it began meanwhile. */
  #look(first: boolean): void {
    const seen = new Map<string, number>();
    for (const { pid, startTime, ownTicks } of familyOf([process.pid, ...this.#roots()])) {
      const key = `${pid} ${startTime}`;
      seen.set(key, ownTicks);
      if (!first) this.#ours += Math.max(0, ownTicks - (this.#known.get(key) ?? 0));
    }
    this.#known = seen;
  }
}

/** In ticks of all processors. */
export function judgeMachine({ total, busy, stolen }: Ticks, ours: number): MachineWatch {
  const share = (ticks: number) => Number((total <= 0 ? 0 : Math.min(1, Math.max(0, ticks / total))).toFixed(4));
  const [foreign, taken] = [share(busy - ours), share(stolen)];
  const percent = (of: number) => `${(of * 100).toFixed(1)} %`;
  const because =
    foreign > mostForeign
      ? `other programs used ${percent(foreign)} of the machine, and at most ${percent(mostForeign)} may be`
      : taken > mostStolen
        ? `the host took ${percent(taken)} of the machine, and at most ${percent(mostStolen)} may be`
        : undefined;
  return { foreign, stolen: taken, valid: because === undefined, ...(because !== undefined && { because }) };
}

function familyOf(roots: readonly number[]): readonly NonNullable<ReturnType<typeof readStat>>[] {
  const all = listPids().flatMap((pid) => readStat(pid) ?? []);
  const children = Map.groupBy(all, ({ parent }) => parent);
  const byPid = new Map(all.map((one) => [one.pid, one]));
  const found = new Map<number, NonNullable<ReturnType<typeof readStat>>>();
  const next = roots.flatMap((pid) => byPid.get(pid) ?? []);
  for (let one = next.pop(); one; one = next.pop()) {
    if (found.has(one.pid)) continue;
    found.set(one.pid, one);
    next.push(...(children.get(one.pid) ?? []));
  }
  return [...found.values()];
}

/** `man 5 proc`: user nice system idle iowait irq softirq steal. */
function machineTicks(): Ticks | undefined {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
    const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, soft = 0, stolen = 0] = line.split(/\s+/).slice(1).map(Number);
    const busy = user + nice + system + irq + soft;
    return { total: busy + idle + waiting + stolen, busy, stolen };
  } catch {
    return undefined;
  }
}
