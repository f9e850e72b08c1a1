// How many ways an automaton has to read the same text, as that grows (Weideman et al., "Analyzing matching time behavior of backtracking regular
// expression matchers by using ambiguity of NFA", 2016; Weber and Seidl, 1991). Exponentially many is what ReDoS lives on.
import type { Automaton } from './automaton.ts';
import { Refused } from './parse.ts';

const mostPairs = 250_000;

/**
 * Whether some text can be read in exponentially many ways: a state leads back to itself twice over the same characters. That is so where one step of
 * a circle has two ways, or where two states at once go round from (q, q) through (p, p') to (q, q).
 */
export function isExponential({ letters, next }: Automaton): boolean {
  const circles = circlesOf(next);
  const round = (from: number, to: number) => circles[from] !== undefined && circles[from] === circles[to];
  if (next.some((steps, from) => [...steps].some(([to, ways]) => ways > 1 && round(from, to)))) return true;
  const size = letters.length;
  let pairs = 0;
  const steps = (pair: number): readonly number[] => {
    const [left, right] = [Math.floor(pair / size), pair % size];
    const ahead = [...(next[right]?.keys() ?? [])].filter((to) => round(right, to));
    return [...(next[left]?.keys() ?? [])].flatMap((a) => {
      pairs += ahead.length;
      if (pairs > mostPairs) throw new Refused('it is too complicated');
      return round(left, a) ? ahead.filter((b) => ((letters[a] ?? 0n) & (letters[b] ?? 0n)) !== 0n).map((b) => a * size + b) : [];
    });
  };
  // Both began as one state, and become one again.
  const ones = [...letters.keys()].filter((state) => circles[state] !== undefined).map((state) => state * size + state);
  const back = new Map<number, number[]>();
  const reached = reach(ones, steps, (from, to) => {
    const known = back.get(to);
    if (known) known.push(from);
    else back.set(to, [from]);
  });
  const returning = reach(ones, (pair) => back.get(pair) ?? []);
  return [...returning].some((pair) => reached.has(pair) && Math.floor(pair / size) !== pair % size);
}

function reach(from: readonly number[], steps: (one: number) => readonly number[], seen?: (from: number, to: number) => void): Set<number> {
  const found = new Set(from);
  const open = [...from];
  for (let one = open.pop(); one !== undefined; one = open.pop())
    for (const to of steps(one)) {
      seen?.(one, to);
      if (found.has(to)) continue;
      found.add(to);
      open.push(to);
    }
  return found;
}

/**
 * How steeply it can grow otherwise: n loops in a row that can read the same characters, and what stands between them, give n-1. `.*a.*b.*` has 2.
 * Never too small; may be too large by loops that share only some of their characters.
 */
export function degreeOf({ letters, next }: Automaton): number {
  const circles = circlesOf(next);
  const alphabets = new Map<number, bigint>();
  for (const [state, circle] of circles.entries())
    if (circle !== undefined) alphabets.set(circle, (alphabets.get(circle) ?? 0n) | (letters[state] ?? 0n));
  const after = (circle: number): readonly number[] => {
    const alphabet = alphabets.get(circle) ?? 0n;
    const members = [...circles.keys()].filter((state) => circles[state] === circle);
    const readable = (to: number) => ((letters[to] ?? 0n) & alphabet) !== 0n;
    const reached = reach(members, (state) => [...(next[state]?.keys() ?? [])].filter(readable));
    return [...new Set([...reached].flatMap((state) => circles[state] ?? []))].filter((other) => other !== circle);
  };
  const known = new Map<number, number>();
  const longest = (circle: number): number => {
    const before = known.get(circle);
    if (before !== undefined) return before;
    const found = after(circle).reduce((most, other) => Math.max(most, 1 + longest(other)), 0);
    known.set(circle, found);
    return found;
  };
  return [...alphabets.keys()].reduce((most, circle) => Math.max(most, longest(circle)), 0);
}

/** The logarithm (base 2) of how many ways there are at most without any loop, from where texts can go on in several: `(a?){30}a{30}` has 30. */
export function forksOf({ letters, next }: Automaton): number {
  const circles = circlesOf(next);
  const nodeOf = (state: number) => circles[state] ?? state;
  const known = new Map<number, number>();
  const longest = (node: number): number => {
    const before = known.get(node);
    if (before !== undefined) return before;
    const members = [...next.keys()].filter((state) => nodeOf(state) === node);
    const onward = members.flatMap((state) => [...(next[state]?.keys() ?? [])].map(nodeOf)).filter((other) => other !== node);
    const ways = Math.max(...members.map((state) => waysOn(next[state] ?? new Map(), letters)));
    const found =
      (circles[node] === undefined ? Math.log2(ways) : 0) + [...new Set(onward)].reduce((most, other) => Math.max(most, longest(other)), 0);
    known.set(node, found);
    return found;
  };
  return longest(0);
}

/** The most ways over one character. */
function waysOn(steps: ReadonlyMap<number, number>, letters: Automaton['letters']): number {
  const all = [...steps].map(([to, ways]) => ({ ways, letters: letters[to] ?? 0n }));
  const sums = all.map((one) => all.reduce((sum, other) => sum + ((one.letters & other.letters) === 0n ? 0 : other.ways), 0));
  return Math.max(1, ...sums);
}

/** The circle (strongly connected component with a step in it, Tarjan 1972) that each state is part of. */
function circlesOf(next: Automaton['next']): readonly (number | undefined)[] {
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const on = new Set<number>();
  const circles: (number | undefined)[] = next.map(() => undefined);
  const lower = (state: number, to: number) => low.set(state, Math.min(low.get(state) ?? 0, low.get(to) ?? 0));
  const stepsFrom = (state: number) => [...(next[state]?.keys() ?? [])];
  const visit = (state: number): void => {
    order.set(state, order.size);
    low.set(state, order.size - 1);
    stack.push(state);
    on.add(state);
    for (const to of stepsFrom(state)) {
      if (!order.has(to)) visit(to);
      if (on.has(to)) lower(state, to);
    }
    if (low.get(state) !== order.get(state)) return;
    const members = stack.splice(stack.indexOf(state));
    for (const one of members) on.delete(one);
    if (members.length > 1 || stepsFrom(state).includes(state)) for (const one of members) circles[one] = state;
  };
  for (const state of next.keys()) if (!order.has(state)) visit(state);
  return circles;
}
