// What every trial that breaks things has around it: what was left before is undone first, and a watchdog outlives it.
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../base/clock.ts';
import { systemClock } from '../../base/clock.ts';
import { CodeError } from '../../base/errors.ts';
import { Colleague } from '../../platform/colleague.ts';
import type { ProcessIdentity } from '../../platform/process/identity.ts';
import { identityOf } from '../../platform/process/identity.ts';
import type { Faults } from '../../ports/faults.ts';
import type { UndoJournal, Undone } from '../../proving/chaos/journal.ts';
import type { Home } from '../home.ts';
import { homeAt } from '../home.ts';
import { launcher } from '../launch.ts';
import { driversFor, journalOf, undoLeft } from './faults.ts';
import type { Watched } from './watchdog.ts';

const watchdogEntry = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? 'watchdog.ts' : 'watchdog.js', import.meta.url));

export interface Guarded {
  readonly site: GuardedSite;
  /** What is left in the journal then is the watchdog's to take back. */
  leave(): void;
}

export interface GuardedSite {
  readonly drivers: readonly Faults[];
  readonly journal: UndoJournal;
  readonly prover: ProcessIdentity;
  readonly clock: Clock;
}

/** Errors: `unsupported` where nobody can say which process this is. */
export async function guarded(home: Home, runtime: string, progress: (line: string) => void): Promise<Guarded> {
  const prover = identityOf(process.pid);
  if (prover === undefined)
    throw new CodeError('unsupported', 'Nobody can say here which process this is: what it breaks could not be undone.');
  const restart = restarting(home);
  for (const { id, because } of await undoLeft(home, restart))
    progress(`${id}, left by a trial that ended, was ${because === undefined ? 'undone' : `not undone: ${because}`}`);
  const watchdog = new Colleague(watchdogEntry);
  await watchdog.ask({ home: home.root, pid: prover.pid, startTime: prover.startTime } satisfies Watched);
  return {
    site: { drivers: driversFor(runtime, home, restart), journal: journalOf(home), prover, clock: systemClock },
    leave: () => watchdog.leave(),
  };
}

/** Takes back everything that is written down, also of a trial that runs. */
export function undoFaults(root: string): Promise<readonly Undone[]> {
  const home = homeAt(root, process.env);
  return undoLeft(home, restarting(home), () => true);
}

/** The daemon of this home, unless it runs. */
function restarting({ root }: Home): () => Promise<void> {
  return async () => void (await launcher.start({ home: root, settings: {} }, AbortSignal.timeout(90_000)));
}
