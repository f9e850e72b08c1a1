// When requests arrive, as it is written on a command line.
import { readFile } from 'node:fs/promises';
import { CodeError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/nearest.ts';
import { parseDuration } from '../../../base/units.ts';
import type { Arrivals } from '../../../model/proving/load.ts';
import type { Given } from '../command.ts';
import type { Session } from '../session.ts';

const kinds = ['constant', 'poisson', 'ramp', 'spike', 'sine', 'replay'] as const;
/** How each is written. */
const forms = {
  constant: 'constant',
  poisson: 'poisson',
  ramp: 'ramp:10-500',
  spike: 'spike:100-1000@5s+2s',
  sine: 'sine:100~50/30s',
  replay: 'replay:FILE',
} as const;

/** A generator that is asked for more measures itself. */
const highest = 1_000_000;
const mostUsers = 100_000;
/** A day of seconds. */
const mostSeconds = 86_400;

/** Errors: `usage` for what is none of these, or does not fit together. */
export async function arrivalsFrom(session: Session, given: Given): Promise<Arrivals> {
  const [users, rate, written] = [given.text('users'), given.text('rate'), given.text('arrivals')];
  if (users !== undefined) {
    if (rate !== undefined || written !== undefined)
      throw new CodeError('usage', '--users is a closed loop: its rate follows from the answers.', {
        hint: 'Leave --rate and --arrivals out.',
      });
    return closedLoop(users, given.text('think'));
  }
  if (given.text('think') !== undefined)
    throw new CodeError('usage', '--think is of users, and there are none.', { hint: 'Add --users N.' });
  return openLoop(session, rate, written ?? 'poisson');
}

async function openLoop(session: Session, rate: string | undefined, text: string): Promise<Arrivals> {
  const kind = kinds.find((one) => text === one || text.startsWith(`${one}:`));
  if (kind === undefined)
    throw new CodeError('usage', `--arrivals: there are no ${JSON.stringify(text)}${didYouMean(text.split(':')[0] ?? '', kinds)}.`, {
      hint: `Write one of ${Object.values(forms).join(', ')}.`,
    });
  if (kind === 'constant' || kind === 'poisson') return { kind, rate: number(rate ?? '100', '--rate', highest) };
  if (rate !== undefined)
    throw new CodeError('usage', `--rate is of constant and Poisson arrivals; ${kind} says its own.`, { hint: `Leave it out.` });
  return kind === 'replay' ? replayed(session.path(text.slice('replay:'.length))) : shaped(kind, text);
}

function closedLoop(users: string, think: string | undefined): Arrivals {
  const pause = think === undefined ? 1_000 : parseDuration(think);
  if (pause === undefined)
    throw new CodeError('usage', `--think: ${JSON.stringify(think)} is not a duration.`, { hint: 'Write it as in 1s or 0s.' });
  const count = number(users, '--users', mostUsers);
  if (Number.isInteger(count)) return { kind: 'users', users: count, think: pause };
  throw new CodeError('usage', `--users: ${users} is not a whole number.`);
}

function shaped(kind: 'ramp' | 'spike' | 'sine', text: string): Arrivals {
  const wrong = new CodeError('usage', `--arrivals: ${JSON.stringify(text)} is not of the form ${forms[kind]}.`, {
    hint: `Rates are a second, times as in 10s: ${forms[kind]}.`,
  });
  const value = (part: string | undefined) => number(part ?? '', '--arrivals', highest);
  const time = (part: string | undefined) => {
    const read = parseDuration(part ?? '');
    if (read === undefined) throw wrong;
    return read;
  };
  const [, first, second, third, fourth] = /^\w+:([\d.]+)[-~]([\d.]+)(?:[@/](\w+))?(?:\+(\w+))?$/.exec(text) ?? [];
  if (first === undefined || (kind === 'ramp') !== (third === undefined) || (kind === 'spike') !== (fourth !== undefined)) throw wrong;
  const [from, to] = [value(first), value(second)];
  if (kind === 'ramp') return { kind, from, to };
  if (kind === 'spike') return { kind, base: from, peak: to, at: time(third), lasts: time(fourth) };
  if (to > from || time(third) === 0) throw wrong;
  return { kind, base: from, amplitude: to, period: time(third) };
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
  const rates = lines.slice(0, lines.findLastIndex((one) => one !== '') + 1).map((one, at) => number(one, `${file}:${at + 1}`, highest));
  if (rates.length > 0 && rates.length <= mostSeconds) return { kind: 'replay', rates };
  throw new CodeError('usage', `${file} has ${rates.length} lines; from 1 to ${mostSeconds} are replayed.`);
}

function number(text: string, where: string, most: number): number {
  const read = /^\d{1,9}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (read >= 0 && read <= most) return read;
  throw new CodeError('usage', `${where}: ${JSON.stringify(text)} is not a number from 0 to ${most}.`);
}
