// The automaton of an expression without empty steps (Glushkov 1961): one state for each character that is written, one before and one after them. Ways are
// counted, because an engine that backtracks tries them all: two ways over the same characters are what costs.
import type { Expression, Letters } from './parse.ts';
import { Refused } from './parse.ts';

/** How many ways lead there. */
type Ways = ReadonlyMap<number, number>;

export interface Automaton {
  /** Of each state: the characters that lead into it. */
  readonly letters: readonly Letters[];
  /** Of each state: those that follow. */
  readonly next: readonly Ways[];
}

interface Piece {
  /** Ways to match nothing. */
  readonly empty: number;
  readonly first: Ways;
  readonly last: Ways;
}

export const mostStates = 300;
const mostSteps = 40_000;
const mostWays = 2 ** 20;
/** No character, and the same as none. */
const theEnd = 1n << 129n;

/** Errors: `Refused` for what is too large. */
export function automatonOf(expression: Expression): Automaton {
  const letters: Letters[] = [0n];
  const next: Map<number, number>[] = [new Map()];
  let steps = 0;

  const join = (last: Ways, first: Ways): void => {
    for (const [from, some] of last)
      for (const [to, others] of first) {
        if (++steps > mostSteps) throw new Refused('it is too large');
        const row = next[from];
        row?.set(to, capped((row.get(to) ?? 0) + some * others));
      }
  };
  const build = (part: Expression): Piece => {
    switch (part.kind) {
      case 'letters': {
        if (letters.length >= mostStates)
          throw new Refused(`it has more than ${mostStates} characters once its repetitions are written out`);
        const only: Ways = new Map([[letters.length, 1]]);
        letters.push(part.letters);
        next.push(new Map());
        return { empty: 0, first: only, last: only };
      }
      case 'all':
        return part.parts.map(build).reduce((left, right) => inTurn(left, right, join), nothing);
      case 'one':
        return part.parts.map(build).reduce(either);
      case 'repeat':
        return repeated(part, build, join);
    }
  };

  const { empty, first, last } = build(expression);
  join(new Map([[0, 1]]), first);
  const end: Ways = new Map([[letters.length, 1]]);
  letters.push(theEnd);
  next.push(new Map());
  join(last, end);
  if (empty > 0) join(new Map([[0, empty]]), end);
  return { letters, next };
}

type Join = (last: Ways, first: Ways) => void;

const nothing: Piece = { empty: 1, first: new Map(), last: new Map() };

function inTurn(left: Piece, right: Piece, join: Join): Piece {
  join(left.last, right.first);
  return {
    empty: capped(left.empty * right.empty),
    first: together(left.first, times(right.first, left.empty)),
    last: together(right.last, times(left.last, right.empty)),
  };
}

function either(left: Piece, right: Piece): Piece {
  return { empty: capped(left.empty + right.empty), first: together(left.first, right.first), last: together(left.last, right.last) };
}

/**
 * `x{3}` is written out. `x{2,4}` is read as `x{2,}`, which can only be read in more ways. An engine repeats nothing that was empty, so there is one way
 * to be nothing.
 */
function repeated({ part, least, most }: Extract<Expression, { kind: 'repeat' }>, build: (part: Expression) => Piece, join: Join): Piece {
  const loops = least < most && most > 1;
  let whole = nothing;
  for (let count = loops ? 1 : 0; count < least; count += 1) whole = inTurn(whole, build(part), join);
  if (least === most) return whole;
  const last = build(part);
  if (loops) join(last.last, last.first);
  return inTurn(whole, { ...last, empty: least === 0 ? 1 : last.empty }, join);
}

function together(a: Ways, b: Ways): Ways {
  const sum = new Map(a);
  for (const [state, ways] of b) if (ways > 0) sum.set(state, capped((sum.get(state) ?? 0) + ways));
  return sum;
}

function times(ways: Ways, factor: number): Ways {
  return factor === 0 ? new Map() : new Map([...ways].map(([state, count]) => [state, capped(count * factor)]));
}

function capped(ways: number): number {
  return Math.min(mostWays, ways);
}
