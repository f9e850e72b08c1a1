// Memory up to the limit: a hog joins the victim's cgroup and takes what is left, again and again, until the kernel ends somebody.
import type { Clock } from '../../base/clock.ts';
import type { Fault } from '../../model/proving/fault.ts';
import { hogsIn, startHog } from '../../platform/fault/hog.ts';
import { memoryHits } from '../../platform/fault/memory.ts';
import { identityOf } from '../../platform/process/identity.ts';
import { signalProcess } from '../../platform/process/signal.ts';
import type { Maker } from './running.ts';

const look = 20;

export interface LimitedGroup {
  readonly directory: string;
  readonly limit: number;
}

/** `find`: the victim's own cgroup, with a limit in force, and nobody else's: a hog in the machine's would starve everybody. */
export function fillMemory(clock: Clock, find: (fault: Fault) => Promise<LimitedGroup>): Maker {
  return async (fault, note, signal) => {
    const { directory, limit } = await find(fault);
    const before = await memoryHits(directory);
    await note({ group: directory });
    signal.throwIfAborted();
    const over = new AbortController();
    const worst = { hits: 0, kills: 0 };
    const watch = async (): Promise<void> => {
      const now = await memoryHits(directory);
      if (!now || !before) return;
      worst.hits = Math.max(worst.hits, now.hits - before.hits);
      worst.kills = Math.max(worst.kills, now.kills - before.kills);
    };
    const hogging = hog(clock, fault, { directory, limit }, over.signal, watch);
    return {
      means: 'a hog in its cgroup',
      verify: async () => ({
        acts: worst.hits > 0 || worst.kills > 0,
        seen: `the limit of ${limit} bytes was hit ${worst.hits} times, and ${worst.kills} processes were ended for it`,
      }),
      undo: async () => {
        over.abort();
        await hogging;
        await removeHogs(directory);
      },
      isOver: async () => (await hogsIn(directory)).length === 0,
    };
  };
}

/** One hog after the other, for as long as there is the cgroup. */
async function hog(
  clock: Clock,
  { lasts }: Fault,
  { directory, limit }: LimitedGroup,
  signal: AbortSignal,
  watch: () => Promise<void>,
): Promise<void> {
  const giveUp = clock.now() + lasts;
  while (!signal.aborted && clock.now() < giveUp && (await memoryHits(directory)) !== undefined) {
    const { identity, exited } = await startHog({ group: directory, bytes: limit, lasts: giveUp - clock.now() });
    const round = new AbortController();
    void exited.then(() => round.abort());
    const either = AbortSignal.any([signal, round.signal]);
    while (!either.aborted) {
      await watch();
      await clock.sleep(look, either).catch(() => undefined);
    }
    await watch();
    if (identity) signalProcess(identity, 'SIGKILL');
    await exited;
    await clock.sleep(look, signal).catch(() => undefined);
  }
}

export async function removeHogs(group: string): Promise<void> {
  for (const pid of await hogsIn(group)) {
    const identity = identityOf(pid);
    if (identity) signalProcess(identity, 'SIGKILL');
  }
}
