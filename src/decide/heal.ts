// What to do with the instances of one replica set so that it has its size: start, drain, stop, replace, forget.
// Used by engines that only know single instances; cluster engines heal by themselves.

import type { Duration } from '../base/units.ts';
import type { Instance } from '../model/instance.ts';
import type { ProbeSpec, StopSpec } from '../model/service.ts';

export type HealAction =
  | { readonly kind: 'start' }
  /** Take it out of the routes; it serves what it has. */
  | { readonly kind: 'drain'; readonly instance: string; readonly because: string }
  | { readonly kind: 'stop'; readonly instance: string }
  | { readonly kind: 'forget'; readonly instance: string };

export interface HealQuestion {
  readonly wanted: number;
  readonly instances: readonly Instance[];
  readonly stop: StopSpec;
  readonly probe: ProbeSpec;
  readonly routed: ReadonlySet<string>;
  readonly inFlight: Readonly<Record<string, number>>;
  /** Since when this engine looks at the instances; before that nobody could have seen them become ready. */
  readonly watchedSince: number;
  readonly now: number;
}

export interface HealAnswer {
  readonly actions: readonly HealAction[];
  readonly wakeAt?: number;
}

/** Ended instances whose record is kept: they tell why, and they set the pace of restarts. */
export const endedKept = 8;
const backoffBase: Duration = 1_000;
const backoffLimit: Duration = 60_000;
/** An instance that was ready this long has proven itself: the count of failures starts again. */
const proven: Duration = 60_000;

export function heal(question: HealQuestion): HealAnswer {
  const { instances, wanted, now } = question;
  const staying = instances.filter((one) => one.state === 'starting' || one.state === 'running');
  const unfit = staying.filter((one) => unfitBecause(one, question) !== undefined);
  const fit = staying.filter((one) => !unfit.includes(one));
  const surplus = victims(fit, Math.max(0, fit.length - wanted));

  const restart = startActions(wanted - fit.length, instances, now);
  const departures = departureActions(question);
  const actions: HealAction[] = [
    ...unfit.map((one): HealAction => ({ kind: 'drain', instance: one.id, because: unfitBecause(one, question) ?? '' })),
    ...surplus.map((one): HealAction => ({ kind: 'drain', instance: one.id, because: 'one too many' })),
    ...departures.actions,
    ...forgetActions(instances, wanted),
    ...restart.actions,
  ];
  const wakeAt = earliest([
    restart.wakeAt,
    departures.wakeAt,
    ...fit.filter((one) => one.readyAt === undefined).map((one) => readyBy(one, question)),
  ]);
  return { actions, wakeAt };
}

/** Dead by its liveness probe, or never ready within the probe's deadline. */
function unfitBecause(instance: Instance, question: HealQuestion): string | undefined {
  if (instance.dead === true) return 'failed its liveness probe';
  const neverReady = instance.state === 'running' && instance.readyAt === undefined && question.now >= readyBy(instance, question);
  return neverReady ? 'never became ready within its deadline' : undefined;
}

/** When an instance must have become ready. */
function readyBy(instance: Instance, { probe, watchedSince }: HealQuestion): number {
  return Math.max(instance.startedAt, watchedSince) + probe.deadline;
}

/** The least useful first: not ready before ready, then the youngest. */
function victims(instances: readonly Instance[], count: number): readonly Instance[] {
  return instances
    .toSorted((a, b) => Number(a.ready) - Number(b.ready) || b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1))
    .slice(0, count);
}

function startActions(missing: number, instances: readonly Instance[], now: number): HealAnswer {
  if (missing <= 0) return { actions: [] };
  const allowedAt = restartAllowedAt(instances, now);
  if (now < allowedAt) return { actions: [], wakeAt: allowedAt };
  return { actions: Array.from({ length: missing }, () => ({ kind: 'start' })) };
}

/** The first restart is at once, then after 1 s, 2 s, 4 s … 60 s; an instance that stayed ready for a minute clears the count. */
export function restartAllowedAt(instances: readonly Instance[], now: number): number {
  const ended = instances.filter((one) => one.exit && !one.exit.requested).toSorted((a, b) => (a.exit?.at ?? 0) - (b.exit?.at ?? 0));
  const proofs = instances.flatMap(({ readyAt, exit }) =>
    readyAt !== undefined && (exit?.at ?? now) - readyAt >= proven ? [readyAt] : [],
  );
  const lastProof = Math.max(0, ...proofs);
  const failures = ended.filter((one) => (one.exit?.at ?? 0) > lastProof);
  const last = failures.at(-1);
  if (!last || failures.length === 1) return 0;
  return (last.exit?.at ?? 0) + Math.min(backoffLimit, backoffBase * 2 ** (failures.length - 2));
}

/** A draining instance is stopped once nothing is routed to it and nothing is in flight, or when its drain time is over. */
function departureActions({ instances, stop, routed, inFlight, now }: HealQuestion): HealAnswer {
  const actions: HealAction[] = [];
  const deadlines: number[] = [];
  for (const one of instances) {
    if (one.state === 'stopping') actions.push({ kind: 'stop', instance: one.id });
    if (one.state !== 'draining') continue;
    const deadline = (one.drainingAt ?? now) + stop.drain;
    const quiet = !routed.has(one.id) && (inFlight[one.id] ?? 0) === 0;
    if (quiet || now >= deadline) actions.push({ kind: 'stop', instance: one.id });
    else deadlines.push(deadline);
  }
  return { actions, wakeAt: earliest(deadlines) };
}

function forgetActions(instances: readonly Instance[], wanted: number): readonly HealAction[] {
  const ended = instances.filter((one) => one.state === 'exited').toSorted((a, b) => (b.exit?.at ?? 0) - (a.exit?.at ?? 0));
  const requested = ended.filter((one) => one.exit?.requested === true);
  const kept = wanted === 0 ? 0 : endedKept;
  return [...requested, ...ended.filter((one) => one.exit?.requested !== true).slice(kept)].map((one) => ({
    kind: 'forget',
    instance: one.id,
  }));
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
