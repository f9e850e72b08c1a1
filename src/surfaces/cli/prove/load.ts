// `prove load`: sends requests on schedule through the gateway, and tells what became of each. `prove import`: makes scenarios of what others wrote.
import { readFile } from 'node:fs/promises';
import { CodeError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/nearest.ts';
import { parseDuration } from '../../../base/units.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
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
    scenario: scenario === undefined ? undefined : { text: await textOf(session.path(scenario), '--scenario'), file: scenario },
    expect: given.list('expect'),
  };
}

async function textOf(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new CodeError('usage', `${what}: ${path} cannot be read.`, { hint: 'Name a file that is there.', cause: thrown });
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

const importKinds = ['har', 'openapi'] as const;

export async function importScenario(session: Session, given: Given): Promise<number> {
  const [named = '', file = ''] = given.arguments;
  const kind = importKinds.find((one) => one === named);
  if (kind === undefined)
    throw new CodeError('usage', `Nothing is made of "${named}"${didYouMean(named, importKinds)}.`, {
      hint: `Write one of ${importKinds.join(', ')}.`,
    });
  const { scenarioFrom } = await session.world.proving();
  const host = given.text('hostOf');
  const { text, notes } = scenarioFrom({ kind, file, text: await textOf(session.path(file), 'file'), host, writes: given.flag('writes') });
  session.out.document({ scenario: text, notes });
  session.out.text(text.trimEnd());
  for (const note of notes) session.out.aside(note);
  return exit.ok;
}
