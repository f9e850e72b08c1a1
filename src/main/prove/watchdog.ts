// Outlives whoever breaks things on purpose: takes back what it left, when it is gone or has forgotten it.
import type { Pending } from '../../proving/chaos/journal.ts';
import { homeAt } from '../home.ts';
import { launcher } from '../launch.ts';
import { undoLeft } from './faults.ts';

/** What it is told, once. */
export interface Watched {
  readonly home: string;
  readonly pid: number;
  readonly startTime: string;
}

const look = 1_000;
/** What cannot be undone now may be possible when a neighbour is back. */
const tries = 30;

let watched: Watched | undefined;

process.on('message', (told: Watched) => {
  watched = told;
  process.send?.('watching');
  setInterval(() => void undo(({ until }) => Date.now() > until), look).unref();
});
process.on('disconnect', () => void takeBackAll());

async function takeBackAll(): Promise<void> {
  for (let count = 0; count < tries; count += 1) {
    const left = (await undo(() => true)).filter(({ because }) => because !== undefined);
    if (left.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, look));
  }
  process.exit(0);
}

async function undo(chosen: (one: Pending) => boolean) {
  if (watched === undefined) return [];
  const { home: root, pid, startTime } = watched;
  const home = homeAt(root, {});
  const restart = async () => void (await launcher.start({ home: root, settings: {} }, AbortSignal.timeout(90_000)));
  const mine = (one: Pending) => one.prover.pid === pid && one.prover.startTime === startTime && chosen(one);
  return undoLeft(home, restart, mine).catch(() => []);
}
