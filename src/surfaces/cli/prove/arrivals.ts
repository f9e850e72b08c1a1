// When requests arrive, as it is written on a command line.
import { readFile } from 'node:fs/promises';
import { CodeError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/nearest.ts';
import { parseDuration } from '../../../base/units.ts';
import type { Arrivals } from '../../../model/proving/load.ts';
import { arrivalForms, highestAsked, mostUsers, readArrivals, readRate } from '../../../model/proving/written-arrivals.ts';
import type { Given } from '../command.ts';
import type { Session } from '../session.ts';

const forms = { ...arrivalForms, replay: 'replay:FILE' };
/** A day. */
const mostSeconds = 86_400;

/** Undefined: nothing was said of them. Errors: `usage` for what is none, or does not fit together. */
export async function arrivalsFrom(session: Session, given: Given): Promise<Arrivals | undefined> {
  const [users, rate, written] = [given.text('users'), given.text('rate'), given.text('arrivals')];
  if (users !== undefined) {
    if (rate === undefined && written === undefined) return closedLoop(users, given.text('think'));
    throw new CodeError('usage', '--users is a closed loop: its rate follows from the answers.', {
      hint: 'Leave --rate and --arrivals out.',
    });
  }
  if (given.text('think') !== undefined)
    throw new CodeError('usage', '--think is of users, and there are none.', { hint: 'Add --users N.' });
  if (written?.startsWith('replay:') === true) return replayed(session.path(written.slice('replay:'.length)));
  return rate === undefined && written === undefined ? undefined : openLoop(rate, written ?? 'poisson');
}

function closedLoop(users: string, think: string | undefined): Arrivals {
  const pause = think === undefined ? 1_000 : parseDuration(think);
  if (pause === undefined)
    throw new CodeError('usage', `--think: ${JSON.stringify(think)} is not a duration.`, { hint: 'Write it as in 1s or 0s.' });
  const count = /^\d{1,6}$/.test(users) ? Number(users) : 0;
  if (count > 0 && count <= mostUsers) return { kind: 'users', users: count, think: pause };
  throw new CodeError('usage', `--users: ${JSON.stringify(users)} is not a whole number from 1 to ${mostUsers}.`);
}

function openLoop(rate: string | undefined, text: string): Arrivals {
  const kind = Object.keys(forms).find((one) => text === one || text.startsWith(`${one}:`));
  if (kind === undefined)
    throw new CodeError(
      'usage',
      `--arrivals: there are no ${JSON.stringify(text)}${didYouMean(text.split(':')[0] ?? '', Object.keys(forms))}.`,
      {
        hint: `Write one of ${Object.values(forms).join(', ')}.`,
      },
    );
  const read = readArrivals(text, rate === undefined ? 100 : rateOf(rate, '--rate'));
  if (read === undefined)
    throw new CodeError('usage', `--arrivals: ${JSON.stringify(text)} is not of the form ${forms[kind as keyof typeof forms]}.`, {
      hint: 'Rates are a second, times as in 10s.',
    });
  if (rate === undefined || 'rate' in read) return read;
  throw new CodeError('usage', `--rate is of constant and Poisson arrivals; ${kind} says its own.`, { hint: 'Leave it out.' });
}

/** One number a line: the rate of each second. */
async function replayed(file: string): Promise<Arrivals> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    throw new CodeError('usage', `--arrivals: ${file} cannot be read.`, {
      hint: 'Name a file with one rate a line, a line a second.',
      cause: thrown,
    });
  }
  const lines = text.split('\n').map((one) => one.trim());
  const rates = lines.slice(0, lines.findLastIndex((one) => one !== '') + 1).map((one, at) => rateOf(one, `${file}:${at + 1}`));
  if (rates.length > 0 && rates.length <= mostSeconds) return { kind: 'replay', rates };
  throw new CodeError('usage', `${file} has ${rates.length} lines; from 1 to ${mostSeconds} are replayed.`);
}

function rateOf(text: string, where: string): number {
  const read = readRate(text);
  if (read !== undefined) return read;
  throw new CodeError('usage', `${where}: ${JSON.stringify(text)} is not a number from 0 to ${highestAsked}.`);
}
