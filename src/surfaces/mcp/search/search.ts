// Finds the tool for what somebody wants, said in his own words.
import type { Json } from '../schema.ts';
import { isObject, propertiesOf } from '../schema.ts';
import type { Described } from '../tool.ts';
import { rankerOf } from './bm25.ts';
import { meantBy, wordsOf } from './words.ts';

export type Search = (intent: string, limit: number) => readonly Described[];

export function searchOf(tools: readonly Described[]): Search {
  const [said, answered] = [rankerOf(tools.map(textOf)), rankerOf(tools.map(answersOf))];
  return (intent, limit) => {
    const words = meantBy(intent);
    const scores = new Map(said(words).map(({ at, score }) => [at, score]));
    for (const { at, score } of answered(words)) scores.set(at, (scores.get(at) ?? 0) + score * 0.4);
    const best = [...scores].sort(([, one], [, other]) => other - one);
    return best.slice(0, limit).flatMap(([at]) => tools[at] ?? []);
  };
}

/** A name says most, then what it does, then what it takes. */
function textOf({ name, description, inputSchema }: Described): readonly string[] {
  const named = wordsOf(name.replaceAll('_', ' '));
  const taken = Object.entries(propertiesOf(inputSchema)).map(
    ([key, { description: told }]) => `${key.replaceAll('_', ' ')} ${typeof told === 'string' ? told : ''}`,
  );
  return [...named, ...named, ...named, ...wordsOf(description), ...wordsOf(description), ...wordsOf(taken.join(' '))];
}

/** What one learns from it: each name once, however often it stands in the answer. */
function answersOf({ outputSchema }: Described): readonly string[] {
  return wordsOf([...namesIn(outputSchema)].join(' ').replaceAll('_', ' '));
}

function namesIn(schema: Json): ReadonlySet<string> {
  const members = Object.entries(propertiesOf(schema)).flatMap(([name, one]) => [name, ...namesIn(one)]);
  const { items } = schema;
  return new Set([...members, ...(isObject(items) ? namesIn(items) : [])]);
}
