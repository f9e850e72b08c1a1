// How many instances one measurement asks for: the arithmetic of the Kubernetes HorizontalPodAutoscaler (autoscaling/v2).
//
//   wanted = ceil(count × measured / target), and as it is while measured / target lies within the tolerance
//
// Instances whose use is not known are taken for the case that moves least: as idle when there seems to be too much load, as
// loaded to the target when there seems to be too little. If that turns the answer round, nothing changes.
import type { Share } from '../../base/units.ts';
import type { InstanceUse } from '../../model/scale.ts';

export type Reading =
  /** What each instance uses, in the target's unit; averaged. */
  | { readonly kind: 'use'; readonly name: string; readonly target: number; readonly instances: readonly InstanceUse[] }
  /** Shared by all instances: `target` is for one. */
  | { readonly kind: 'total'; readonly name: string; readonly target: number; readonly value: number }
  /** A value that falls as instances are added, whatever their number (latency). */
  | { readonly kind: 'value'; readonly name: string; readonly target: number; readonly value: number }
  | { readonly kind: 'missing'; readonly name: string; readonly target: number; readonly because: string; readonly fallback?: number };

export interface Sizing {
  /** The size that is in force. */
  readonly current: number;
  /** Ready instances that serve. */
  readonly ready: number;
  readonly tolerance: Share;
  /** A rollout moves the service: `use` is of only some of its instances, and speaks for all. */
  readonly rolling: boolean;
}

/** Undefined when it says nothing. */
export function recommend(reading: Reading, sizing: Sizing): number | undefined {
  switch (reading.kind) {
    case 'use':
      return byUse(reading.instances, reading.target, sizing);
    case 'total':
      return byTotal(reading.value, reading.target, sizing);
    case 'value':
      return byRatio(reading.value / reading.target, sizing.rolling ? sizing.current : sizing.ready, sizing);
    case 'missing':
      return reading.fallback === undefined ? undefined : Math.max(sizing.current, reading.fallback);
  }
}

/** The average that people are shown; undefined when no ready instance was measured. */
export function measured(reading: Reading, { current, ready }: Sizing): number | undefined {
  switch (reading.kind) {
    case 'use':
      return average(usesOf(reading.instances));
    case 'total':
      return reading.value / Math.max(1, ready || current);
    case 'value':
      return reading.value;
    case 'missing':
      return undefined;
  }
}

function byTotal(value: number, target: number, { current, tolerance }: Sizing): number {
  const ratio = current === 0 ? Number.POSITIVE_INFINITY : value / (target * current);
  return isWithin(ratio, tolerance) ? current : ceil(value / target);
}

function byRatio(ratio: number, count: number, { current, tolerance }: Sizing): number {
  return isWithin(ratio, tolerance) ? current : ceil(ratio * count);
}

function byUse(instances: readonly InstanceUse[], target: number, sizing: Sizing): number | undefined {
  const uses = usesOf(instances);
  const seen = average(uses);
  if (seen === undefined) return undefined;
  const ratio = seen / target;
  if (sizing.rolling) return byRatio(ratio, sizing.current, sizing);
  const missing = instances.filter((one) => one.state === 'ready' && one.used === undefined).length;
  const unready = instances.filter((one) => one.state === 'unready').length;
  if (missing === 0 && (unready === 0 || ratio <= 1)) return byRatio(ratio, uses.length, sizing);
  const assumed = [
    ...uses,
    ...Array.from({ length: missing }, () => (ratio < 1 ? target : 0)),
    ...Array.from({ length: ratio > 1 ? unready : 0 }, () => 0),
  ];
  return byAssumption(ratio, (average(assumed) ?? 0) / target, assumed.length, sizing);
}

/** An assumption may weaken what was measured, never reverse it. */
function byAssumption(ratio: number, assumed: number, count: number, { current, tolerance }: Sizing): number {
  if (isWithin(assumed, tolerance) || ratio < 1 !== assumed < 1) return current;
  const wanted = ceil(assumed * count);
  return assumed < 1 === wanted < current ? wanted : current;
}

function usesOf(instances: readonly InstanceUse[]): readonly number[] {
  return instances.flatMap((one) => (one.state === 'ready' && one.used !== undefined ? [one.used] : []));
}

function average(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, one) => sum + one, 0) / values.length;
}

function isWithin(ratio: number, tolerance: Share): boolean {
  return Math.abs(ratio - 1) <= tolerance + 1e-9;
}

/** What is a whole number but for the last bits of a division is that number. */
function ceil(value: number): number {
  return Math.ceil(value - 1e-9);
}
