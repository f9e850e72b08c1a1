// A container that is ended, again at each restart; and one that is paused.
import type { Maker } from '../running.ts';
import type { FaultEngine, Way } from './engine.ts';

export const crash: Way = { make: killAgain };
export const pause: Way = { make: pauseOne, undo: (engine, { id }) => engine.tell(id, 'unpause') };

const look = 50;

function killAgain(engine: FaultEngine): Maker {
  return async (fault, note, signal) => {
    const victim = await engine.of(fault);
    const spared = new Set((await engine.relatives(victim)).filter((id) => id !== victim.id));
    await note({ container: victim.id });
    signal.throwIfAborted();
    await engine.tell(victim.id, 'kill');
    const over = new AbortController();
    let again = 0;
    const hunt = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const found = await engine.relatives(victim).catch((): readonly string[] => []);
        for (const id of found) if (!spared.has(id) && (await engine.tell(id, 'kill').catch(() => false))) again += 1;
        await engine.clock.sleep(look, over.signal).catch(() => undefined);
      }
    };
    const hunting = hunt();
    return {
      means: 'docker kill, and again at each restart',
      verify: async () => {
        const gone = (await engine.find(victim.id))?.running !== true;
        return { acts: gone, seen: `the container ${gone ? `is gone, and ${again} more since` : 'still runs'}` };
      },
      undo: async () => {
        over.abort();
        await hunting;
      },
      isOver: async () => over.signal.aborted,
    };
  };
}

function pauseOne(engine: FaultEngine): Maker {
  return async (fault, note) => {
    const { id } = await engine.of(fault);
    await note({ container: id });
    await engine.tell(id, 'pause');
    const isPaused = async () => (await engine.find(id))?.paused === true;
    return {
      means: 'docker pause',
      verify: async () => {
        const acts = await isPaused();
        return { acts, seen: `the Engine says that it is ${acts ? '' : 'not '}paused` };
      },
      undo: async () => void (await engine.tell(id, 'unpause')),
      isOver: async () => !(await isPaused()),
    };
  };
}
