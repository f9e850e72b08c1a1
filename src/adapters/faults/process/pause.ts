// SIGSTOP and SIGCONT: once for a grey failure – connections are taken and nobody answers –, in turn for a processor that is never there.
import type { Fault } from '../../../model/proving/fault.ts';
import type { ProcessIdentity } from '../../../platform/process/identity.ts';
import { isAlive } from '../../../platform/process/identity.ts';
import { readStat } from '../../../platform/process/proc.ts';
import { signalProcess } from '../../../platform/process/signal.ts';
import type { UndoNote } from '../../../ports/faults.ts';
import type { Maker } from '../running.ts';
import { goneAlready, settingOf } from '../running.ts';
import type { Site } from './site.ts';
import { victimsOf } from './site.ts';

export function pause(site: Site): Maker {
  return async (fault, note) => {
    const victims = await foundFor(site, fault);
    await note({});
    for (const victim of victims) signalProcess(victim, 'SIGSTOP');
    return {
      means: 'SIGSTOP and SIGCONT',
      verify: async () => {
        const stopped = victims.filter(isStopped);
        return { acts: stopped.length === victims.length, seen: `${stopped.length} of ${victims.length} processes are stopped` };
      },
      undo: async () => release(victims),
      isOver: async () => !victims.some(isStopped),
    };
  };
}

/** One turn of it, milliseconds: short beside any request's patience. */
const turn = 100;
const samples = 20;

/** Runs `share` of the time (default: 10 %). */
export function starve(site: Site): Maker {
  return async (fault, note) => {
    const victims = await foundFor(site, fault);
    const runs = turn * Math.min(1, settingOf(fault, 'share', 0.1));
    await note({});
    const over = new AbortController();
    const turns = taking(site, victims, runs, over.signal);
    return {
      means: 'SIGSTOP and SIGCONT in turn',
      verify: async (signal) => {
        let stopped = 0;
        for (let sample = 0; sample < samples; sample += 1) {
          if (victims.every(isStopped)) stopped += 1;
          await site.clock.sleep(turn / 3, signal);
        }
        const wanted = 1 - runs / turn;
        const seen = `stopped in ${stopped} of ${samples} looks (${Math.round(wanted * 100)} % asked for)`;
        return { acts: stopped / samples >= wanted / 2, seen };
      },
      undo: async () => {
        over.abort();
        await turns;
      },
      isOver: async () => over.signal.aborted && !victims.some(isStopped),
    };
  };
}

async function taking(site: Site, victims: readonly ProcessIdentity[], runs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && victims.some(isAlive)) {
    for (const victim of victims) signalProcess(victim, 'SIGSTOP');
    await site.clock.sleep(turn - runs, signal).catch(() => undefined);
    release(victims);
    await site.clock.sleep(runs, signal).catch(() => undefined);
  }
  release(victims);
}

/** By the target alone: whoever of it is stopped goes on. Harmless for one that runs. */
export async function goOn(site: Site, { fault }: UndoNote): Promise<void> {
  release(await victimsOf(site, fault.target));
}

function release(victims: readonly ProcessIdentity[]): void {
  for (const victim of victims) signalProcess(victim, 'SIGCONT');
}

function isStopped({ pid, startTime }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  return stat?.startTime === startTime && stat.state === 'T';
}

async function foundFor(site: Site, { target }: Fault): Promise<readonly ProcessIdentity[]> {
  const victims = await victimsOf(site, target);
  if (victims.length === 0) throw goneAlready(target.kind === 'instance' ? target.id : `The ${target.kind}`);
  return victims;
}
