// Takes back, by hand, what trials left broken that were killed.
import type { Undone } from '../../proving/chaos/journal.ts';
import { homeAt } from '../home.ts';
import { launcher } from '../launch.ts';
import { undoLeft } from './faults.ts';

/** Every one, also of a trial that runs. `root`: of the engine's home. */
export function undoFaults(root: string): Promise<readonly Undone[]> {
  const restart = async () => void (await launcher.start({ home: root, settings: {} }, AbortSignal.timeout(90_000)));
  return undoLeft(homeAt(root, process.env), restart, () => true);
}
