// `prove load`: sends requests on schedule through the gateway, and tells what became of each.
import { readFile } from 'node:fs/promises';
import { CodeError } from '../../../base/errors.ts';
import { parseDuration } from '../../../base/units.ts';
import type { Given } from '../command.ts';
import type { Session } from '../session.ts';
import { arrivalsFrom } from './arrivals.ts';
import type { LoadWish } from './proving.ts';
import { runTrial } from './trial.ts';

export async function load(session: Session, given: Given): Promise<number> {
  const { load: trial } = await session.world.proving();
  return runTrial(session, given, trial, await wishFrom(session, given));
}

async function wishFrom(session: Session, given: Given): Promise<LoadWish> {
  const scenario = given.text('scenario');
  return {
    arrivals: await arrivalsFrom(session, given),
    lasts: given.text('lasts') === undefined ? undefined : durationOf(given, 'lasts', 0),
    seed: wholeOf(given, 'seed', 0, 2 ** 32 - 1) ?? 1,
    route: given.text('route'),
    path: given.text('path'),
    keepAlive: given.flag('keepAlive', true),
    timeout: durationOf(given, 'timeout', 10_000),
    workers: wholeOf(given, 'workers', 1, 64),
    connections: wholeOf(given, 'connections', 1, 100_000) ?? 4_096,
    profile: given.text('profile'),
    scenario: scenario === undefined ? undefined : { text: await textOf(session.path(scenario)), file: scenario },
    expect: given.list('expect'),
  };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new CodeError('usage', `--scenario: ${file} cannot be read.`, {
      hint: 'codectl prove import openapi FILE writes one to begin with.',
      cause: thrown,
    });
  }
}

/** Errors: `usage`. */
export function durationOf(given: Given, name: string, otherwise: number): number {
  const text = given.text(name);
  const read = text === undefined ? otherwise : parseDuration(text);
  if (read !== undefined && read > 0) return read;
  throw new CodeError('usage', `--${name}: ${JSON.stringify(text)} is not a duration.`, { hint: 'Write it as in 10s, 500ms or 2m.' });
}

/** Errors: `usage`. */
export function wholeOf(given: Given, name: string, least: number, most: number): number | undefined {
  const text = given.text(name);
  if (text === undefined) return undefined;
  const read = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (read >= least && read <= most) return read;
  throw new CodeError('usage', `--${name}: ${JSON.stringify(text)} is not a whole number from ${least} to ${most}.`);
}
