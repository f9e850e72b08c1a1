// What to do with the instances of one replica set so that it has its size: start, drain, stop, replace, forget.
// Used by engines that only know single instances; cluster engines heal by themselves.

import type { Instance } from '../model/instance.ts';
import type { ProbeSpec, RestartSpec, StopSpec } from '../model/service.ts';
import { endsKept, isLeft, refill } from './restart.ts';

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
  /** See `ReplicaSet.held`. */
  readonly held?: true | undefined;
  readonly restart?: RestartSpec | undefined;
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

export function heal(question: HealQuestion): HealAnswer {
  const { instances, wanted } = question;
  const staying = instances.filter((one) => one.state === 'starting' || one.state === 'running');
  const unfit = staying.filter((one) => unfitBecause(one, question) !== undefined);
  const fit = unfit.length === 0 ? staying : staying.filter((one) => !unfit.includes(one));
  const surplus = victims(fit, Math.max(0, fit.length - wanted));

  const restart = startActions(wanted - fit.length, question);
  const departures = departureActions(question);
  const actions: HealAction[] = [
    ...unfit.map((one): HealAction => ({ kind: 'drain', instance: one.id, because: unfitBecause(one, question) ?? '' })),
    ...surplus.map((one): HealAction => ({ kind: 'drain', instance: one.id, because: 'one too many' })),
    ...departures.actions,
    ...forgetActions(question, fit.length >= wanted),
    ...restart.actions,
  ];
  const wakeAt = earliest([
    restart.wakeAt,
    departures.wakeAt,
    ...fit.filter((one) => one.readyAt === undefined && isReplaced(question) && !question.held).map((one) => readyBy(one, question)),
  ]);
  return { actions, wakeAt };
}

/** Whoever replaces nothing leaves alone what does not work, too: it is out of the routes. */
function isReplaced({ restart }: HealQuestion): boolean {
  return restart?.condition !== 'none';
}

/** Dead by its liveness probe, or never ready within the probe's deadline. */
function unfitBecause(instance: Instance, question: HealQuestion): string | undefined {
  if (!isReplaced(question)) return undefined;
  if (instance.dead === true) return 'failed its liveness probe';
  const neverReady =
    !question.held && instance.state === 'running' && instance.readyAt === undefined && question.now >= readyBy(instance, question);
  return neverReady ? 'never became ready within its deadline' : undefined;
}

/** When an instance must have become ready. */
function readyBy(instance: Instance, { probe, watchedSince }: HealQuestion): number {
  return Math.max(instance.startedAt, watchedSince) + probe.deadline;
}

/** The least useful first: not ready before ready, then the youngest. */
function victims(instances: readonly Instance[], count: number): readonly Instance[] {
  if (count === 0) return [];
  return instances
    .toSorted((a, b) => Number(a.ready) - Number(b.ready) || b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1))
    .slice(0, count);
}

function startActions(empty: number, { wanted, instances, restart, now }: HealQuestion): HealAnswer {
  const { starts, at, left } = refill({ wanted, empty, instances, restart, now });
  if (starts === 0) return { actions: [], ...(left?.until !== undefined && { wakeAt: left.until }) };
  if (now < at) return { actions: [], wakeAt: at };
  return { actions: Array.from({ length: starts }, () => ({ kind: 'start' })) };
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

/** Of those whose places stayed empty none is remembered once all places are filled again: they would keep another one empty. */
function forgetActions({ instances, wanted, restart }: HealQuestion, full: boolean): readonly HealAction[] {
  const ended = instances.filter((one) => one.state === 'exited').sort((a, b) => (b.exit?.at ?? 0) - (a.exit?.at ?? 0));
  if (ended.length === 0) return [];
  const over = (one: Instance) => one.exit?.requested === true || (full && isLeft(one, restart));
  return [...ended.filter(over), ...ended.filter((one) => !over(one)).slice(endsKept(wanted, restart))].map((one) => ({
    kind: 'forget',
    instance: one.id,
  }));
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
