// How far a recommendation may move the size now: stabilisation windows, then rates, as the Kubernetes autoscaler has them (autoscaling/v2, behavior).
import type { Duration } from '../../base/units.ts';
import type { ScaleBehaviour, ScaleRate, ScaleSpec } from '../../model/scale.ts';

/** What is remembered between decisions; an engine that starts begins anew, and so with the present size as the first recommendation. */
export interface ScaleMemory {
  /** What was asked for, in order; equal ones that follow one another are one. */
  readonly asked: readonly Asked[];
  /** Changes that were made, positive ones up. */
  readonly made: readonly { readonly at: number; readonly by: number }[];
  /** When something was last asked for. */
  readonly activeAt: number;
}

interface Asked {
  readonly from: number;
  readonly until: number;
  readonly replicas: number;
}

export function beginMemory(current: number, now: number): ScaleMemory {
  return { asked: [{ from: now, until: now, replicas: current }], made: [], activeAt: now };
}

/** Adds what is asked for now, and forgets what no window reaches any more. */
export function noteAsked(memory: ScaleMemory, replicas: number, spec: ScaleSpec, now: number): ScaleMemory {
  const horizon = now - Math.max(spec.up.window, spec.down.window);
  const kept = memory.asked.filter((one) => one.until >= horizon);
  const last = kept.at(-1);
  const asked =
    last?.replicas === replicas ? [...kept.slice(0, -1), { ...last, until: now }] : [...kept, { from: now, until: now, replicas }];
  return { ...memory, asked };
}

/** To be called once a change is stored. */
export function noteMade(memory: ScaleMemory, by: number, spec: ScaleSpec, now: number): ScaleMemory {
  const horizon = now - Math.max(...[...spec.up.rates, ...spec.down.rates].map((one) => one.per), 0);
  return { ...memory, made: [...memory.made.filter((one) => one.at > horizon), { at: now, by }] };
}

/** The least of the up window bounds growth, the most of the down window bounds shrinking. `memory` holds the present recommendation already. */
export function stabilised(current: number, { asked }: ScaleMemory, spec: ScaleSpec, now: number): number {
  const within = (window: Duration) => asked.filter((one) => one.until >= now || one.until > now - window).map((one) => one.replicas);
  const least = Math.min(...within(spec.up.window));
  const most = Math.max(...within(spec.down.window));
  return Math.min(Math.max(current, least), most);
}

/** The furthest that the rates allow from here; no rates: no step. */
export function reachable(current: number, wanted: number, memory: ScaleMemory, spec: ScaleSpec, now: number): number {
  if (wanted > current) return Math.min(wanted, furthest(current, spec.up, memory, now, 'up'));
  if (wanted < current) return Math.max(wanted, furthest(current, spec.down, memory, now, 'down'));
  return wanted;
}

function furthest(current: number, { rates }: ScaleBehaviour, memory: ScaleMemory, now: number, way: 'up' | 'down'): number {
  const limits = rates.map((rate) => limitOf(rate, current, memory, now, way));
  return way === 'up' ? Math.max(current, ...limits) : Math.min(current, ...limits);
}

/** Counts from the size at the beginning of the period: what was moved in it since is part of the same step. */
function limitOf(rate: ScaleRate, current: number, { made }: ScaleMemory, now: number, way: 'up' | 'down'): number {
  const start = current - made.filter((one) => one.at > now - rate.per).reduce((sum, one) => sum + one.by, 0);
  const sign = way === 'up' ? 1 : -1;
  if (rate.kind === 'instances') return start + sign * rate.instances;
  const moved = start * (1 + sign * rate.share);
  return way === 'up' ? Math.ceil(moved - 1e-9) : Math.floor(moved + 1e-9);
}
