// Who leaves when a replica set is to be smaller, and when: out of the routes first, then quiet, then gone. Pure.
import type { Duration } from '../../../base/units.ts';
import type { TrafficView } from '../../../ports/runtime.ts';

export interface Member {
  readonly name: string;
  readonly ready: boolean;
  readonly startedAt: number;
  /** When it was chosen to leave. */
  readonly drainingAt?: number;
  /** It may go, and the cluster was told so. */
  readonly released?: boolean;
}

export interface Departure {
  /** To be chosen now. */
  readonly choose: readonly string[];
  /** Chosen before, and needed again. */
  readonly keep: readonly string[];
  /** To be made the cheapest: of those who leave, they may go. */
  readonly release: readonly string[];
  /** How many pods the Deployment is to have now. */
  readonly replicas: number;
  /** When the drain time of the next one is over. */
  readonly wakeAt?: number;
}

export interface DepartureQuestion extends TrafficView {
  readonly wanted: number;
  /** What the Deployment is asked for now; 0 where there is none. */
  readonly current: number;
  /** Pods that are there and were not told to end. */
  readonly members: readonly Member[];
  readonly drain: Duration;
  readonly now: number;
}

/** The cluster ends the cheapest pods, which those are that were released; it is asked for fewer only by as many. */
export function depart(question: DepartureQuestion): Departure {
  const { wanted, current, members, now } = question;
  const leaving = leastUseful(members, Math.max(0, members.length - wanted));
  const names = new Set(leaving.map((one) => one.name));
  const held = leaving.filter((one) => !mayGo(one, question));
  const ends = held.map((one) => (one.drainingAt ?? now) + question.drain);
  return {
    choose: leaving.filter((one) => one.drainingAt === undefined).map((one) => one.name),
    keep: members.filter((one) => one.drainingAt !== undefined && !names.has(one.name)).map((one) => one.name),
    release: leaving.filter((one) => !one.released && !held.includes(one)).map((one) => one.name),
    replicas: Math.min(Math.max(current, wanted), wanted + held.length),
    ...(ends.length > 0 && { wakeAt: Math.min(...ends) }),
  };
}

/** Those that were chosen before, then those that are not ready, then the youngest: the order in which the cluster itself chooses. */
function leastUseful(members: readonly Member[], count: number): readonly Member[] {
  return members
    .toSorted(
      (a, b) =>
        Number(a.ready) - Number(b.ready) ||
        Number(b.drainingAt !== undefined) - Number(a.drainingAt !== undefined) ||
        b.startedAt - a.startedAt ||
        (a.name < b.name ? -1 : 1),
    )
    .slice(0, count);
}

function mayGo({ name, drainingAt }: Member, { routed, inFlight, drain, now }: DepartureQuestion): boolean {
  const quiet = !routed.has(name) && (inFlight[name] ?? 0) === 0;
  return quiet || (drainingAt !== undefined && now >= drainingAt + drain);
}
