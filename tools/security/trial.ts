// Tries every guard on its corpora and counts.
import type { Assaulted } from './assault/attack.ts';
import type { Line, Side } from './corpus.ts';
import { readCorpus } from './corpus.ts';
import type { Judge } from './judges.ts';
import { archive, argv, documents, patterns, secrets, text } from './judges.ts';
import { openGround } from './path.ts';
import { ssrf } from './ssrf.ts';

export interface Tried {
  readonly guard: string;
  readonly attacks: number;
  /** Attacks that were let through. */
  readonly passed: readonly Line[];
  readonly benign: number;
  readonly falseAlarms: readonly Line[];
}

export type Judges = Readonly<Record<Side, Judge>>;

const pure = { argv, archive, documents, patterns, secrets, ssrf: ssrf(), text };
export const guards = [...Object.keys(pure), 'path'].sort();

export async function tryGuard(guard: string, judges?: Judges): Promise<Tried> {
  if (judges) return tried(guard, judges);
  const judge = (pure as Readonly<Record<string, Judge>>)[guard];
  if (judge) return tried(guard, { attack: judge, benign: judge });
  const ground = openGround();
  try {
    return await tried(guard, { attack: ground.judge('attack'), benign: ground.judge('benign') });
  } finally {
    ground.close();
  }
}

async function tried(guard: string, judges: Judges): Promise<Tried> {
  const [attacks, benign] = [readCorpus(guard, 'attack'), readCorpus(guard, 'benign')];
  return {
    guard,
    attacks: attacks.length,
    passed: await those(attacks, async ({ value }) => (await judges.attack(value)) === undefined),
    benign: benign.length,
    falseAlarms: await those(benign, async ({ value }) => (await judges.benign(value)) !== undefined),
  };
}

async function those(lines: readonly Line[], wrong: (line: Line) => Promise<boolean>): Promise<readonly Line[]> {
  const found: Line[] = [];
  for (const line of lines) if (await wrong(line)) found.push(line);
  return found;
}

/** As the classes of attacks are told. */
export function corpusRow({ guard, attacks, passed, benign, falseAlarms }: Tried): Assaulted {
  const told = (side: Side, lines: readonly Line[]) =>
    lines.map(({ number, text }) => ({ name: `test/corpus/${guard}/${side}.txt:${number}`, seen: text }));
  return { name: guard, attacks, passed: told('attack', passed), benign, falseAlarms: told('benign', falseAlarms) };
}
