// What every fault has in common while it runs: when it began, when it was seen to act, when it was taken back and seen to be over.
import type { Clock } from '../../base/clock.ts';
import { CodeError } from '../../base/errors.ts';
import { randomText } from '../../base/ids.ts';
import type { Fault, Injection } from '../../model/proving/fault.ts';
import type { RunningFault, UndoNote } from '../../ports/faults.ts';

/** One fault of one driver at work. */
export interface Acting {
  readonly means: string;
  verify(signal: AbortSignal): Promise<{ readonly acts: boolean; readonly seen: string }>;
  /** Idempotent. */
  undo(): Promise<void>;
  /** A look, not a memory of what was done. */
  isOver(): Promise<boolean>;
}

export type Note = (state: UndoNote['state']) => Promise<void>;

/** How a driver does one kind of fault. `note` is called before anything is broken. */
export type Maker = (fault: Fault, note: Note, signal: AbortSignal) => Promise<Acting>;

const overWithin = 30_000;
const look = 50;

export async function runFault(
  driver: string,
  clock: Clock,
  make: Maker,
  fault: Fault,
  note: (undo: UndoNote) => Promise<void>,
  signal: AbortSignal,
): Promise<RunningFault> {
  const id = `${fault.kind}-${randomText(10)}`;
  const acting = await make(fault, (state) => note({ driver, id, fault, state }), signal);
  const injectedAt = clock.now();
  let verified: { readonly at: number; readonly seen: string } | undefined;
  let last = 'nobody looked';
  let ending: Promise<Injection> | undefined;
  const end = async (): Promise<Injection> => {
    await acting.undo();
    const undoneAt = clock.now();
    const removalVerifiedAt = await whenOver(acting, clock);
    return {
      kind: fault.kind,
      means: acting.means,
      injectedAt,
      ...(verified && { verifiedAt: verified.at }),
      verification: verified?.seen ?? last,
      undoneAt,
      ...(removalVerifiedAt !== undefined && { removalVerifiedAt }),
    };
  };
  return {
    verify: async (wait) => {
      const seen = await acting.verify(wait);
      last = seen.seen;
      if (seen.acts) verified ??= { at: clock.now(), seen: seen.seen };
      return seen;
    },
    end: () => (ending ??= end()),
  };
}

async function whenOver(acting: Acting, clock: Clock): Promise<number | undefined> {
  const giveUp = clock.now() + overWithin;
  while (clock.now() < giveUp) {
    if (await acting.isOver()) return clock.now();
    await clock.sleep(look);
  }
  return undefined;
}

/** A number of a fault's settings. Errors: `input_invalid`. */
export function settingOf({ settings, kind }: Fault, name: string, otherwise: number): number {
  const given = settings[name];
  if (given === undefined) return otherwise;
  if (typeof given === 'number' && Number.isFinite(given) && given >= 0) return given;
  throw new CodeError('input_invalid', `The setting "${name}" of ${kind} must be a number of zero or more.`);
}

export function notHere(kind: Fault['kind'], because: string): CodeError {
  return new CodeError('unsupported', `${kind} cannot be done here: ${because}.`, {
    hint: 'Run "codectl doctor" to see which faults can.',
  });
}

export function goneAlready(what: string): CodeError {
  return new CodeError('instance_unknown', `${what} is not there any more, or is another's: nothing was done to it.`, {
    hint: 'Begin the trial again: it asks for what runs now.',
  });
}
