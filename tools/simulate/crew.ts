// Shares a range of seeds among worker processes, in order, and adds up what they find.
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Manner } from './live.ts';
import type { Finding, Share } from './totals.ts';
import { add, nothing } from './totals.ts';
import type { Order } from './worker.ts';

/** About a second of work: short enough to stop soon, long enough that asking costs nothing. */
const shareSize = 50;
/** Histories are short-lived garbage: with more room for the young, little of it is looked at twice. Refusals are thrown by the thousand, unread. */
const swift = ['--max-semi-space-size=32', '--stack-trace-limit=0'];

export interface CrewOptions {
  readonly from: number;
  readonly until: number;
  readonly workers: number;
  readonly manner: Manner;
  /** Asked before each share is handed out; what is handed out is lived through. */
  readonly goOn: () => boolean;
  /** Told whenever all seeds from the first up to one are done. */
  readonly progress: (finding: Finding) => void;
}

/** Whoever goes on over violations has enough of them at last. */
const enough = 20;

/** Resolves with what became of the seeds that were handed out: always the first ones of the range, without a gap, unless it ended with a violation. */
export async function shareOut(options: CrewOptions): Promise<Finding> {
  const crew = Array.from({ length: options.workers }, () => fork(workerFile, { execArgv: [...process.execArgv, ...swift] }));
  try {
    const ledger = new Ledger(options);
    const shares = sharesOf(options);
    const fatal = await Promise.race([workOff(crew, shares, ledger, options.manner), ...crew.map(lost)]);
    return { totals: ledger.totals, broken: fatal ?? ledger.broken };
  } finally {
    for (const worker of crew) worker.kill('SIGKILL');
  }
}

const workerFile = fileURLToPath(new URL('worker.ts', import.meta.url));

/** Handed out one at a time: each is taken when somebody is free. */
function* sharesOf({ from, until, goOn }: CrewOptions): Generator<Share> {
  for (let next = from; next < until && goOn(); next += shareSize) yield { from: next, seeds: Math.min(shareSize, until - next) };
}

/** Resolves at once with the broken history that ends the run, or with nothing when all is lived through. */
function workOff(
  crew: readonly ChildProcess[],
  shares: Generator<Share>,
  ledger: Ledger,
  manner: Manner,
): Promise<Finding['broken'] | undefined> {
  return new Promise((resolve, reject) => {
    const work = async (worker: ChildProcess): Promise<void> => {
      for (const share of shares) {
        const finding = await ask(worker, { share, manner });
        if (finding.broken.length > 0 && !manner.goesOn) return resolve(finding.broken);
        ledger.enter(share, finding);
        if (ledger.broken.length >= enough) return;
      }
    };
    Promise.all(crew.map(work)).then(() => resolve(undefined), reject);
  });
}

async function ask(worker: ChildProcess, order: Order): Promise<Finding> {
  const answered = once(worker, 'message');
  worker.send(order);
  const [finding]: readonly Finding[] = await answered;
  if (!finding) throw new Error('a worker answered nothing');
  return finding;
}

async function lost(worker: ChildProcess): Promise<never> {
  const [code, signal] = await once(worker, 'exit');
  throw new Error(`a worker ended before its work was done (${code ?? signal})`);
}

/** Shares may end in any order; only what is done without a gap counts as progress. */
class Ledger {
  readonly #done = new Map<number, Finding>();
  readonly #progress: (finding: Finding) => void;
  #next: number;
  totals = nothing;
  broken: Finding['broken'] = [];

  constructor({ from, progress }: Pick<CrewOptions, 'from' | 'progress'>) {
    this.#next = from;
    this.#progress = progress;
  }

  enter({ from }: Share, finding: Finding): void {
    this.#done.set(from, finding);
    for (let done = this.#done.get(this.#next); done; done = this.#done.get(this.#next)) {
      this.#done.delete(this.#next);
      this.#next += done.totals.seeds;
      this.totals = add(this.totals, done.totals);
      this.broken = [...this.broken, ...done.broken];
    }
    this.#progress({ totals: this.totals, broken: this.broken });
  }
}
