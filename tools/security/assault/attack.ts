// What an attack is: something tried on a running house that must not work, beside a harmless twin that must. Lists of pairs make a class.
import type { Arena } from './arena.ts';

/** Of an attack: what shows that it got through. Of a twin: why it was refused. Nothing: as it should be. */
export type Try = () => Promise<string | undefined>;

export interface Pair {
  readonly name: string;
  readonly attack: Try;
  readonly twin: Try;
}

export interface AttackClass {
  readonly name: string;
  readonly pairs: (arena: Arena) => readonly Pair[] | Promise<readonly Pair[]>;
}

/** One that did not end as it should, with what was seen. */
export interface Wrong {
  readonly name: string;
  readonly seen: string;
}

export interface Assaulted {
  readonly name: string;
  readonly attacks: number;
  readonly passed: readonly Wrong[];
  readonly benign: number;
  readonly falseAlarms: readonly Wrong[];
}

/** One pair after the other, until `enough` got through. A daemon that died or was replaced, or a gateway that did, is something that got through. */
export async function assault(arena: Arena, { name, pairs }: AttackClass, enough = Number.POSITIVE_INFINITY): Promise<Assaulted> {
  const passed: Wrong[] = [];
  const brokenOff = (thrown: unknown) => `it broke: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`;
  const all = await Promise.resolve(pairs(arena)).catch((thrown: unknown) => {
    passed.push({ name: 'what has to be there before', seen: brokenOff(thrown) });
    return [];
  });
  const falseAlarms: Wrong[] = [];
  const note = async (list: Wrong[], pair: Pair, attempt: Try) => {
    const seen = await attempt().catch(brokenOff);
    if (seen !== undefined) list.push({ name: pair.name, seen });
  };
  for (const pair of all) {
    if (passed.length >= enough) break;
    await note(passed, pair, pair.attack);
    await note(falseAlarms, pair, pair.twin);
  }
  const fallen = await arena.fallen();
  if (fallen !== undefined) passed.push({ name: 'the house stands', seen: fallen });
  return { name, attacks: all.length, passed, benign: all.length, falseAlarms };
}

/** Pairs of two lists that are written apart; the twins are used again in turn where there are fewer. */
export function paired(attacks: readonly (readonly [string, Try])[], twins: readonly Try[]): readonly Pair[] {
  return attacks.map(([name, attack], at) => {
    const twin = twins[at % twins.length];
    if (!twin) throw new Error('a class without a twin shows nothing');
    return { name, attack, twin };
  });
}
