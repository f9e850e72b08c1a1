// Files of trials: scenarios of load, experiments, and recordings and descriptions that become scenarios. Whatever they are, they are read or refused
// in words, at little cost; and what is made of one is never refused by our own reader.
import { CodeError } from '../../src/base/errors.ts';
import type { Random } from '../../src/base/random.ts';
import { readScenario } from '../../src/decide/prove/scenario/read.ts';
import { scenarioFrom } from '../../src/main/prove/import.ts';
import { readExperiments } from '../../src/model/proving/read-experiment.ts';
import { wholeScenario as scenario } from '../../test/kit/scenario.ts';
import { described, experiment, recorded, words } from './document-words.ts';
import { affordable, pieces, placesOf } from './manifest.ts';
import { mutated } from './mutate.ts';
import type { Target } from './target.ts';

const file = 'given.yaml';

export function scenarios(): Target {
  return targetOf('scenario', [scenario], (text) => void readScenario(text, file));
}

export function experiments(): Target {
  return targetOf('experiment', [experiment], (text) => void readExperiments(text, file));
}

export function recordings(): Target {
  return targetOf('har', recorded, (text) => imported('har', text));
}

export function descriptions(): Target {
  return targetOf('openapi', described, (text) => imported('openapi', text));
}

function targetOf(name: string, seeds: readonly string[], read: (text: string) => void): Target {
  const changes = [...words, ...pieces];
  const draw = (random: Random): string => mutated(swapped(random.pick(seeds), random), random, changes);
  return { name, draw, attempt: async (text) => costly(text, read), close: async () => undefined };
}

/** Values change places with words that mean something: damage alone seldom gets past the first brace. */
function swapped(text: string, random: Random): string {
  const values = [...text.matchAll(/"[^"\n]*"|(?<=[:\s[])[\w./%-]+(?=[\s,\]}]|$)/gm)];
  let changed = text;
  for (let left = random.below(4); left > 0; left -= 1) {
    const { 0: value, index } = random.pick(values);
    changed =
      changed.slice(0, index) +
      (value.startsWith('"') ? JSON.stringify(random.pick(words)) : random.pick(words)) +
      changed.slice(index + value.length);
  }
  return changed;
}

function costly(text: string, read: (text: string) => void): string | undefined {
  const before = process.cpuUsage();
  const problem = problemOf(text, read);
  const { user, system } = process.cpuUsage(before);
  const took = (user + system) / 1_000;
  return problem ?? (took > affordable ? `reading it took ${Math.round(took)} ms of CPU time` : undefined);
}

function problemOf(text: string, read: (text: string) => void): string | undefined {
  try {
    read(text);
    return undefined;
  } catch (thrown) {
    // Anything else is a defect.
    if (!(thrown instanceof CodeError)) throw thrown;
    return placesOf(thrown, text.split(/\r\n|\r|\n/).length);
  }
}

function imported(kind: 'har' | 'openapi', text: string): void {
  for (const writes of kind === 'har' ? [false] : [false, true]) {
    try {
      scenarioFrom({ kind, text, file, host: undefined, writes });
    } catch (thrown) {
      // Of its own reader: it made what cannot be read.
      if (thrown instanceof CodeError && thrown.code.startsWith('manifest_'))
        throw new Error(`what was made of it is refused: ${thrown.message}`, { cause: thrown });
      throw thrown;
    }
  }
}
