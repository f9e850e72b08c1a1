// What is remembered of one service between looks: measurements of the last seconds, what was asked for, and the last decision.
import { decideScale } from '../../decide/scale/decide.ts';
import type { ScaleLook } from '../../decide/scale/measure.ts';
import { isActive, longestSpan, readingsOf } from '../../decide/scale/measure.ts';
import type { ScaleMemory } from '../../decide/scale/pace.ts';
import { beginMemory, noteMade } from '../../decide/scale/pace.ts';
import type { ScaleReport, ScaleSpec } from '../../model/scale.ts';
import type { Subject } from './look.ts';

export class Track {
  readonly #service: string;
  #looks: readonly ScaleLook[] = [];
  #memory: ScaleMemory;
  report: ScaleReport | undefined;
  /** When it is to be looked at again. */
  dueAt = 0;

  constructor(service: string, current: number, now: number) {
    this.#service = service;
    this.#memory = beginMemory(current, now);
  }

  decide({ target, scale, members, rolling, pause }: Subject, look: ScaleLook): ScaleReport {
    const now = look.at;
    this.#looks = [...this.#looks.filter((one) => one.at >= now - 2 * longestSpan && one.at < now), look];
    this.dueAt = now + scale.every;
    const current = target.replicas;
    const readings = readingsOf(scale, target.spec.resources, this.#looks, members);
    const ready = members.filter((one) => one.ready).length;
    const answer = decideScale(
      { spec: scale, current, ready, readings, active: isActive(scale, this.#looks), rolling, now, ...(pause && { pause }) },
      this.#memory,
    );
    this.#memory = answer.memory;
    const { wanted, reason } = answer;
    const { min, max } = scale;
    this.report = {
      service: this.#service,
      current,
      wanted,
      min,
      max,
      reason,
      readings: answer.readings,
      at: now,
      ...(pause && { pause }),
    };
    return this.report;
  }

  /** The change was stored. */
  made(by: number, scale: ScaleSpec, now: number): void {
    this.#memory = noteMade(this.#memory, by, scale, now);
  }
}
