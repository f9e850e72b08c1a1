// `prove import`: makes a scenario of a browser's recording or of an API's description.
import { readFile } from 'node:fs/promises';
import { CodeError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/nearest.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Session } from '../session.ts';

const kinds = ['har', 'openapi'] as const;

export async function importScenario(session: Session, given: Given): Promise<number> {
  const [named = '', file = ''] = given.arguments;
  const kind = kinds.find((one) => one === named);
  if (kind === undefined)
    throw new CodeError('usage', `Nothing is made of "${named}"${didYouMean(named, kinds)}.`, {
      hint: `Write one of ${kinds.join(', ')}.`,
    });
  const { scenarioFrom } = await session.world.proving();
  const host = given.text('hostOf');
  const { text, notes } = scenarioFrom({ kind, file, text: await textOf(session.path(file)), host, writes: given.flag('writes') });
  session.out.document({ scenario: text, notes });
  session.out.text(text.trimEnd());
  for (const note of notes) session.out.aside(note);
  return exit.ok;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new CodeError('usage', `${path} cannot be read.`, { hint: 'Name a file that is there.', cause: thrown });
  }
}
