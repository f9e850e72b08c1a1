// `prove stress`, and what every trial that looks for limits is asked for on a command line.
import { CodeError } from '../../../base/errors.ts';
import { parseDuration, parseShare } from '../../../base/units.ts';
import type { Given } from '../command.ts';
import type { Session } from '../session.ts';
import type { TargetView } from './answers.ts';
import type { StressWish, Usage } from './proving.ts';
import { runTrial } from './trial.ts';

export async function stress(session: Session, given: Given): Promise<number> {
  const { stress: trial } = await session.world.proving();
  const wish = { ...limitsFrom(session, given), availability: shareOf(given, 'availability', 0.999), abortOn: given.list('abortOn') };
  return runTrial(session, given, trial, wish);
}

/** Errors: `usage`. */
export function limitsFrom(session: Session, given: Given): Omit<StressWish, 'availability' | 'abortOn'> {
  return {
    profile: given.text('profile') ?? 'quick',
    seed: numberOf(given, 'seed', 1, 0, 2 ** 32 - 1),
    route: given.text('route'),
    path: given.text('path'),
    slo: { p99: durationOf(given, 'sloP99', 100), errors: shareOf(given, 'sloErrors', 0.01) },
    most: numberOf(given, 'most', 20_000, 2, 1_000_000),
    usage: async (target) => usageIn(await (await session.api()).call('trials.target', { ...scopeOf(target), usage: true })),
  };
}

export function scopeOf({ application, environment }: TargetView): { readonly application: string; readonly environment: string } {
  return { application, environment };
}

function usageIn({ services }: TargetView): Usage {
  return Object.fromEntries(
    services.flatMap(({ instances }) =>
      instances.flatMap(({ id, cpu_seconds, memory_bytes }) =>
        cpu_seconds === undefined || memory_bytes === undefined ? [] : [[id, { cpuSeconds: cpu_seconds, memory: memory_bytes }] as const],
      ),
    ),
  );
}

/** Errors: `usage`. */
function shareOf(given: Given, name: string, otherwise: number): number {
  const text = given.text(name);
  const read = text === undefined ? otherwise : parseShare(text);
  if (read !== undefined && read > 0 && read < 1) return read;
  throw wrong(given, name, 'is no share between 0% and 100%.', 'Write it as in 1% or 99.9%.');
}

/** Errors: `usage`. */
export function numberOf(given: Given, name: string, otherwise: number, least: number, most: number): number {
  const text = given.text(name);
  const read = text === undefined ? otherwise : /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (read >= least && read <= most) return read;
  throw wrong(given, name, `is no whole number from ${least} to ${most}.`);
}

/** Milliseconds. Errors: `usage`. */
function durationOf(given: Given, name: string, otherwise: number): number {
  const text = given.text(name);
  const read = text === undefined ? otherwise : parseDuration(text);
  if (read !== undefined && read > 0) return read;
  throw wrong(given, name, 'is no duration.', 'Write it as in 100ms or 2s.');
}

function wrong(given: Given, name: string, what: string, hint?: string): CodeError {
  const flag = name.replace(/[A-Z0-9]+/g, (part) => (/^\d+$/.test(part) ? part : `-${part.toLowerCase()}`));
  return new CodeError('usage', `--${flag}: ${JSON.stringify(given.text(name))} ${what}`, hint === undefined ? {} : { hint });
}
