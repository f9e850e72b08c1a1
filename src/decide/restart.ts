// What follows when an instance ended by itself: whether its place is filled again, and when.

import type { Duration } from '../base/units.ts';
import { formatDuration } from '../base/units.ts';
import type { Instance } from '../model/instance.ts';
import type { RestartSpec } from '../model/service.ts';

/** Ended instances whose record is kept at least: they tell why, and they set the pace of restarts. */
const endedKept = 8;
const usualDelay: Duration = 1_000;
const usualLimit: Duration = 60_000;
/** At least so long after an end that the next start would only repeat. */
const hopelessDelay: Duration = 10_000;
/** An instance that was ready this long has proven itself: the count of failures starts again. */
const proven: Duration = 60_000;

export interface RefillQuestion {
  readonly wanted: number;
  /** Places of those wanted in which nothing lives. */
  readonly empty: number;
  readonly instances: readonly Instance[];
  readonly restart?: RestartSpec | undefined;
  readonly now: number;
}

export interface Refill {
  /** How many of the empty places may be filled, at `at`. */
  readonly starts: number;
  /** 0: at once. */
  readonly at: number;
  /** Why the others stay empty, and when that is to be asked again, if ever. */
  readonly left?: { readonly because: string; readonly until?: number };
}

/** Which of the empty places are filled, and when. Nobody waits for places that were never filled. */
export function refill(question: RefillQuestion): Refill {
  const { empty, instances, restart, now } = question;
  if (empty <= 0) return { starts: 0, at: 0 };
  const open = empty - instances.filter((one) => isLeft(one, restart)).length;
  if (open <= 0) return { starts: 0, at: 0, left: { because: `restart.condition is ${restart?.condition}` } };
  const starts = Math.min(open, permitted(question, open));
  const at = restartAllowedAt(instances, now, restart);
  return starts === open ? { starts, at } : { starts, at, left: usedUp(question) };
}

/** Its place stays empty because of how it ended. */
export function isLeft({ exit }: Instance, { condition = 'any' }: RestartSpec = {}): boolean {
  if (!exit || exit.requested || condition === 'any') return false;
  return condition === 'none' || exit.code === 0;
}

/** How many of the open places the attempts allow to fill. Every end that was counted, but for those of places still open, has had its replacement. */
function permitted({ wanted, instances, restart, now }: RefillQuestion, open: number): number {
  if (restart?.attempts === undefined) return open;
  const counted = countedEnds(instances, now, restart).length;
  const neverFilled = Math.max(0, open - counted);
  const used = Math.max(0, counted - open);
  return neverFilled + Math.max(0, restart.attempts * wanted - used);
}

function usedUp({ wanted, instances, restart = {}, now }: RefillQuestion): NonNullable<Refill['left']> {
  const { attempts = 0, window } = restart;
  const each = wanted === 1 ? '' : ` for each of ${wanted} instances`;
  const [oldest] = countedEnds(instances, now, restart);
  const until = window === undefined || !oldest ? undefined : atOf(oldest) + window;
  const before = until === undefined ? '' : `; the next start is in ${formatDuration(until - now)}`;
  return { because: `restart.attempts (${attempts}${each}) are used up${before}`, ...(until !== undefined && { until }) };
}

/**
 * When the next instance may start. Usually the first restart is at once, then after 1 s, 2 s, 4 s … 60 s; with a delay of its own that comes before
 * the first, too. An instance that stayed ready for a minute clears the count. What a further start would only repeat waits for 10 s at least.
 */
export function restartAllowedAt(instances: readonly Instance[], now: number, restart: RestartSpec = {}): number {
  const failures = inARow(instances, now, restart);
  const last = failures.at(-1);
  if (!last) return 0;
  const paced = pacedAt(last, failures.length, restart);
  return last.exit?.final ? Math.max(paced, atOf(last) + hopelessDelay) : paced;
}

function pacedAt(last: Instance, failures: number, { delay, maxDelay = usualLimit }: RestartSpec): number {
  if (delay !== undefined) return atOf(last) + Math.min(Math.max(delay, maxDelay), delay * 2 ** (failures - 1));
  return failures === 1 ? 0 : atOf(last) + Math.min(maxDelay, usualDelay * 2 ** (failures - 2));
}

/** The ends that attempts are counted by. */
function countedEnds(instances: readonly Instance[], now: number, restart: RestartSpec): readonly Instance[] {
  const { window } = restart;
  return window === undefined ? inARow(instances, now, restart) : endsOf(instances, restart).filter((one) => atOf(one) > now - window);
}

function inARow(instances: readonly Instance[], now: number, restart: RestartSpec): readonly Instance[] {
  const proofs = instances.flatMap(({ readyAt, exit }) =>
    readyAt !== undefined && (exit?.at ?? now) - readyAt >= proven ? [readyAt] : [],
  );
  const lastProof = Math.max(0, ...proofs);
  return endsOf(instances, restart).filter((one) => atOf(one) > lastProof);
}

/** Those that ask for a replacement, the oldest first. */
function endsOf(instances: readonly Instance[], restart: RestartSpec): readonly Instance[] {
  return instances.filter((one) => one.exit && !one.exit.requested && !isLeft(one, restart)).toSorted((a, b) => atOf(a) - atOf(b));
}

function atOf({ exit }: Instance): number {
  return exit?.at ?? 0;
}

/** How many ended instances must be remembered so that the same is decided at the next look. */
export function endsKept(wanted: number, { condition = 'any', attempts }: RestartSpec = {}): number {
  if (wanted === 0) return 0;
  return Math.max(endedKept, attempts === undefined ? 0 : (attempts + 1) * wanted, condition === 'any' ? 0 : wanted);
}
