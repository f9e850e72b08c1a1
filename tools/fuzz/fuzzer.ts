// Tries inputs of a target one after the other, each from a seed of its own; what is wrong is tried again, made short and told.
import { Random } from '../../src/base/random.ts';
import { shrink } from './shrink.ts';
import type { Find, Target } from './target.ts';

export interface Hunt {
  readonly from: number;
  /** Asked before each input. */
  readonly goOn: (tried: number) => boolean;
}

export interface Hunted {
  readonly tried: number;
  readonly finds: readonly Find[];
}

/** Ends with the first find: what follows it may be its consequence. */
export async function hunt(target: Target, { from, goOn }: Hunt): Promise<Hunted> {
  let tried = 0;
  for (; goOn(tried); tried += 1) {
    const seed = from + tried;
    const input = inputOf(target, seed);
    const problem = await problemOf(target, input);
    if (problem === undefined) continue;
    // What does not come again was this machine's.
    const again = await problemOf(target, input);
    if (again === undefined) continue;
    const shortest = await shrink(input, async (one) => (await problemOf(target, one)) !== undefined);
    return { tried: tried + 1, finds: [{ target: target.name, seed, problem: again, input, shortest }] };
  }
  const problem = await target.conclude?.();
  return { tried, finds: problem === undefined ? [] : [{ target: target.name, seed: from, problem, input: '', shortest: '' }] };
}

/** Neighbouring seeds must not begin alike. */
export function inputOf(target: Target, seed: number): string {
  return target.draw(new Random(Math.imul(seed, 0x9e3779b1) ^ target.name.length));
}

async function problemOf(target: Target, input: string): Promise<string | undefined> {
  try {
    return await target.attempt(input);
  } catch (thrown) {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message.slice(0, 500)}` : String(thrown);
  }
}
