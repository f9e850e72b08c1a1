// `bench`: runs one benchmark and shows what it measured.
import { CodeError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/nearest.ts';
import type { KnownBench } from '../benches.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';

export async function bench(session: Session, given: Given): Promise<number> {
  const { out, world, signal } = session;
  const benches = await world.benches();
  const [name] = given.arguments;
  if (name === undefined) {
    out.document({ benches: benches.known });
    const rows = benches.known.map((one) => [one.name, one.summary, parametersText(one)]);
    out.text(tableText(['BENCH', 'MEASURES', 'PARAMETERS'], rows, out.paint, out.width));
    return exit.ok;
  }
  const known = benches.known.find((one) => one.name === name);
  if (!known) {
    const names = benches.known.map((one) => one.name);
    throw new CodeError('usage', `There is no bench "${name}"${didYouMean(name, names)}.`, { hint: `Choose one of ${names.join(', ')}.` });
  }
  const peers = given.text('peers');
  const label = labelFrom(known, given);
  const chosen = { parameters: parametersFrom(known, given), runtimes: runtimesFrom(known, given) };
  const request = { name, ...chosen, peers: peers === undefined ? undefined : session.path(peers) };
  const outcome = await benches.run(request, (line) => out.note(out.paint('dim', line)), signal);
  out.document(outcome.report);
  out.text(tableText(outcome.table.head, outcome.table.rows, out.paint));
  for (const note of outcome.notes) out.text(`\n${note}`);
  const file = given.text('write');
  if (file !== undefined) out.aside(`${await outcome.write(session.path(file), label)} of ${file} was written.`);
  return outcome.unmet ? exit.unmet : exit.ok;
}

/** Errors: `usage` for what cannot be the name of a section, or has no page to be in. */
function labelFrom({ name, ownPage }: KnownBench, given: Given): string | undefined {
  const label = given.text('label');
  if (label === undefined) return undefined;
  if (ownPage) throw new CodeError('usage', `The page of bench ${name} has no sections to name.`, { hint: 'Leave --label out.' });
  if (!/^[\w,.%][\w ,.%]{0,59}$/.test(label))
    throw new CodeError('usage', `--label ${JSON.stringify(label)} cannot be the name of a section.`, {
      hint: 'Write up to 60 letters, digits, spaces and , . %',
    });
  if (given.text('write') === undefined)
    throw new CodeError('usage', '--label names a section of a page, and there is no page.', { hint: 'Give --write FILE as well.' });
  return label;
}

/** Errors: `usage` for a runtime that the bench does not look at. */
function runtimesFrom({ name, runtimes = [] }: KnownBench, given: Given): readonly string[] {
  const wanted = given.list('runtime');
  const unknown = wanted.find((one) => !runtimes.includes(one));
  if (unknown === undefined) return wanted;
  if (runtimes.length === 0)
    throw new CodeError('usage', `bench ${name} has no runtimes to choose from.`, { hint: 'Leave --runtime out.' });
  throw new CodeError('usage', `bench ${name} knows no runtime "${unknown}"${didYouMean(unknown, runtimes)}.`, {
    hint: `Choose of ${runtimes.join(', ')}.`,
  });
}

/** The defaults with what the command line says. Errors: `usage` for a parameter that the bench does not have, or that is no number. */
export function parametersFrom(known: KnownBench, given: Given): Readonly<Record<string, number>> {
  const named = ['rounds', 'deploys', 'minutes'].flatMap((key): [string, string][] => {
    const text = given.text(key);
    return text === undefined ? [] : [[key, text]];
  });
  const set = given.list('set').map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return at > 0 ? [pair.slice(0, at), pair.slice(at + 1)] : [pair, ''];
  });
  const chosen = [...named, ...set].map(([key, text]): [string, number] => {
    if (!Object.hasOwn(known.parameters, key))
      throw new CodeError('usage', `bench ${known.name} has no parameter "${key}"${didYouMean(key, Object.keys(known.parameters))}.`, {
        hint: `It has ${parametersText(known)}.`,
      });
    if (!/^\d{1,9}(?:\.\d{1,3})?$/.test(text))
      throw new CodeError('usage', `${key}: ${JSON.stringify(text)} is not a number.`, { hint: 'Write it as in --set rate=200' });
    return [key, Number(text)];
  });
  return { ...known.parameters, ...Object.fromEntries(chosen) };
}

function parametersText({ parameters }: KnownBench): string {
  return Object.entries(parameters)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}
