// Ten minutes of a load that swings, computed on the function that decides: labelled as computed wherever it is shown.

import type { Duration } from '../../../base/units.ts';
import { decideScale } from '../../../decide/scale/decide.ts';
import type { ScaleLook } from '../../../decide/scale/measure.ts';
import { isActive, readingsOf } from '../../../decide/scale/measure.ts';
import { beginMemory, noteMade } from '../../../decide/scale/pace.ts';
import { scale } from '../../../model/manifest/schema/scale.ts';
import type { ScaleSpec } from '../../../model/scale.ts';

const target = 100;
const period: Duration = 60_000;
const length: Duration = 600_000;

const spec: ScaleSpec = scale.parse({ min: 1, max: 10, targets: { requests_per_second: target } });

export interface Wave {
  /** Once a second. */
  readonly sizes: readonly number[];
  /** Seconds in which the load was above what the replicas are for, beyond the tolerance. */
  readonly below: number;
}

/** 100 to 500 requests a second and back each minute, with 5 % noise that is the same each time. */
export function computedWave(): Wave {
  let size = 1;
  let requests = 0;
  let below = 0;
  let noise = 1;
  let memory = beginMemory(size, 0);
  let looks: readonly ScaleLook[] = [];
  const sizes: number[] = [];
  for (let now = 0; now <= length; now += spec.every) {
    noise = (noise * 16_807) % 2_147_483_647;
    const rate = (300 - 200 * Math.cos((2 * Math.PI * now) / period)) * (0.95 + (0.1 * noise) / 2_147_483_647);
    requests += Math.round(rate);
    const traffic = { epoch: 'computed', requests, inFlight: 0, waiting: 0, latency: new Map<number, number>() };
    looks = [...looks.slice(-20), { at: now, traffic }];
    const readings = readingsOf(spec, {}, looks, []);
    const answer = decideScale({ spec, current: size, ready: size, readings, active: isActive(spec, looks), rolling: false, now }, memory);
    memory = answer.wanted === size ? answer.memory : noteMade(answer.memory, answer.wanted - size, spec, now);
    if (rate > size * target * (1 + spec.tolerance)) below += 1;
    size = answer.wanted;
    sizes.push(size);
  }
  return { sizes, below };
}

/** How often a size that had begun to fall rises again: each is a replica that was let go too soon. */
export function reversalsIn(sizes: readonly number[]): number {
  const steps = sizes.map((one, index) => Math.sign(one - (sizes[index - 1] ?? one))).filter((one) => one !== 0);
  return steps.filter((one, index) => one > 0 && (steps[index - 1] ?? 0) < 0).length;
}
