// SIGKILL, and again at each restart for as long as it lasts: a crash loop. Nothing has to be undone: the engine starts what is missing.
import type { Fault } from '../../../model/proving/fault.ts';
import type { ProcessIdentity } from '../../../platform/process/identity.ts';
import { isAlive } from '../../../platform/process/identity.ts';
import { signalProcess } from '../../../platform/process/signal.ts';
import type { Acting, Maker } from '../running.ts';
import { goneAlready } from '../running.ts';
import type { Site } from './site.ts';
import { introductionOf, relativesOf, victimsOf } from './site.ts';

const look = 50;

export function crash(site: Site): Maker {
  return async (fault, note, signal) => {
    const victims = await victimsOf(site, fault.target);
    const [first] = victims;
    if (first === undefined) throw goneAlready(nameOf(fault));
    // Asked before it dies: the dead say nothing.
    const like = introductionOf(first);
    const spared = new Set(fault.target.kind === 'instance' ? await others(site, like, fault.target.id) : []);
    await note({});
    signal.throwIfAborted();
    for (const victim of victims) signalProcess(victim, 'SIGKILL');
    const over = new AbortController();
    let again = 0;
    const loop = fault.target.kind === 'instance' ? hunt(site, like, spared, over.signal, () => (again += 1)) : Promise.resolve();
    return acting(site, fault, victims, {
      again: () => again,
      stop: async () => {
        over.abort();
        await loop;
        if (fault.target.kind === 'daemon') await site.restartDaemon();
      },
      stopped: () => over.signal.aborted,
    });
  };
}

interface Loop {
  again(): number;
  stop(): Promise<void>;
  stopped(): boolean;
}

function acting(_site: Site, fault: Fault, victims: readonly ProcessIdentity[], loop: Loop): Acting {
  return {
    means: fault.target.kind === 'instance' ? 'SIGKILL, and again at each restart' : 'SIGKILL',
    verify: async () => {
      const left = victims.filter(isAlive);
      const again = loop.again() > 0 ? `, and ${loop.again()} more since` : '';
      const seen = `${victims.length - left.length} of ${victims.length} processes are gone${again}`;
      return { acts: left.length === 0, seen };
    },
    undo: () => loop.stop(),
    isOver: async () => loop.stopped(),
  };
}

async function others(site: Site, like: ReturnType<typeof introductionOf>, own: string): Promise<readonly string[]> {
  return (await relativesOf(site, like)).map(({ instance }) => instance).filter((id) => id !== own);
}

/** Whoever is started instead is ended as well; those that were there before are spared. */
async function hunt(
  site: Site,
  like: ReturnType<typeof introductionOf>,
  spared: ReadonlySet<string>,
  signal: AbortSignal,
  hit: () => void,
): Promise<void> {
  while (!signal.aborted) {
    for (const { instance, identity } of await relativesOf(site, like))
      if (!signal.aborted && !spared.has(instance) && signalProcess(identity, 'SIGKILL')) hit();
    await site.clock.sleep(look, signal).catch(() => undefined);
  }
}

function nameOf({ target }: Fault): string {
  return target.kind === 'instance' ? target.id : `The ${target.kind}`;
}
