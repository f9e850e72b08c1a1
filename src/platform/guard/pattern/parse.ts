// A small part of regular expressions, read into a tree: what people match names, hosts and paths with, and nothing that has to look back or ahead.

/** Which characters: one bit for each of ASCII, and one for all others together, so that nothing is told apart that may be the same. */
export type Letters = bigint;

export type Expression =
  | { readonly kind: 'letters'; readonly letters: Letters }
  | { readonly kind: 'all'; readonly parts: readonly Expression[] }
  | { readonly kind: 'one'; readonly parts: readonly Expression[] }
  /** `most`: infinite without a bound. */
  | { readonly kind: 'repeat'; readonly part: Expression; readonly least: number; readonly most: number };

export class Refused extends Error {
  override readonly name = 'Refused';
}

const others = 1n << 128n;
const every = others * 2n - 1n;
const deepest = 20;
const mostRepeats = 1_000;

export function lettersOf(from: string, to = from): Letters {
  const [first = 0, last = 0] = [from.codePointAt(0), to.codePointAt(0)];
  if (last < first) throw new Refused(`the range ${from}-${to} is empty`);
  if (first > 127) return others;
  const low = (1n << BigInt(Math.min(last, 127) + 1)) - (1n << BigInt(first));
  return last > 127 ? low | others : low;
}

const digits = lettersOf('0', '9');
const word = digits | lettersOf('a', 'z') | lettersOf('A', 'Z') | lettersOf('_');
const space = Array.from(' \t\n\v\f\r').reduce((all, one) => all | lettersOf(one), others);
const sets: Readonly<Record<string, Letters>> = {
  d: digits,
  D: every ^ digits,
  w: word,
  W: every ^ word,
  s: space,
  // Some characters outside of ASCII are blanks, others are none.
  S: (every ^ space) | others,
  n: lettersOf('\n'),
  r: lettersOf('\r'),
  t: lettersOf('\t'),
};
const signs = new Set('^$\\.*+?()[]{}|/');

/** Errors: `Refused`. What is accepted means the same to `RegExp` with the flag `u`, matched from end to end. */
export function parsePattern(text: string): Expression {
  const reader = new Reader(Array.from(text));
  const found = reader.alternatives(0);
  if (!reader.atEnd) throw new Refused(`")" at ${reader.at} has no "("`);
  return found;
}

class Reader {
  readonly #signs: readonly string[];
  at = 0;

  constructor(signs: readonly string[]) {
    this.#signs = signs;
  }

  get atEnd(): boolean {
    return this.at === this.#signs.length;
  }

  alternatives(depth: number): Expression {
    if (depth > deepest) throw new Refused(`groups are nested deeper than ${deepest}`);
    const parts = [this.#sequence(depth)];
    while (this.#take('|')) parts.push(this.#sequence(depth));
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'one', parts };
  }

  #sequence(depth: number): Expression {
    const parts: Expression[] = [];
    while (!this.atEnd && this.#sign !== '|' && this.#sign !== ')') parts.push(this.#repeated(this.#atom(depth)));
    return { kind: 'all', parts };
  }

  #atom(depth: number): Expression {
    const sign = this.#next();
    if (sign === '(') return this.#group(depth);
    if (sign === '[') return { kind: 'letters', letters: this.#set() };
    if (sign === '.') return { kind: 'letters', letters: every ^ lettersOf('\n') ^ lettersOf('\r') };
    if (sign === '\\') return { kind: 'letters', letters: this.#escape() };
    if ('^$'.includes(sign)) throw new Refused(`"${sign}" is not known here: a pattern is matched from end to end`);
    if ('*+?{}]'.includes(sign)) throw new Refused(`"${sign}" has nothing to repeat or to end`);
    return { kind: 'letters', letters: lettersOf(sign) };
  }

  #group(depth: number): Expression {
    if (this.#take('?') && !this.#take(':')) throw new Refused('groups that look ahead, look back or have a name are not known here');
    const found = this.alternatives(depth + 1);
    if (!this.#take(')')) throw new Refused('a "(" has no ")"');
    return found;
  }

  #repeated(part: Expression): Expression {
    const bounds = this.#bounds();
    if (!bounds) return part;
    const [least, most] = bounds;
    if (least > most) throw new Refused(`{${least},${most}} repeats less than it has to`);
    if (this.#take('?') || this.#bounds()) throw new Refused('one repetition directly after another, or a lazy one, is not known here');
    return { kind: 'repeat', part, least, most };
  }

  #bounds(): readonly [least: number, most: number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    return this.#sign === '{' ? this.#counted() : undefined;
  }

  #counted(): readonly [least: number, most: number] {
    const [whole = '', least = '', comma, most = ''] =
      /^\{(\d{1,4})(,)?(\d{1,4})?\}/.exec(this.#signs.slice(this.at, this.at + 11).join('')) ?? [];
    if (whole === '' || (comma === undefined && most !== '')) throw new Refused('a "{" begins no repetition such as {1,3}');
    this.at += whole.length;
    if (Math.max(Number(least), Number(most)) > mostRepeats) throw new Refused(`a repetition counts to more than ${mostRepeats}`);
    if (comma === undefined) return [Number(least), Number(least)];
    return [Number(least), most === '' ? Number.POSITIVE_INFINITY : Number(most)];
  }

  #set(): Letters {
    const inverted = this.#take('^');
    let letters = 0n;
    let any = false;
    while (!this.#take(']')) {
      letters |= this.#member();
      any = true;
    }
    if (!any) throw new Refused('a set of characters is empty');
    // What is left out of the others cannot be told apart from them.
    return inverted ? (every ^ letters) | others : letters;
  }

  #member(): Letters {
    const from = this.#next();
    if (from === '[') throw new Refused('"[" within a set is written "\\["');
    if (from === '\\') return this.#escapeInSet();
    if (this.#sign !== '-' || this.#signs[this.at + 1] === ']') return lettersOf(from);
    this.at += 1;
    const to = this.#next();
    if (to === '\\' || to === '[') throw new Refused('a range ends in a plain character');
    return lettersOf(from, to);
  }

  #escapeInSet(): Letters {
    if (this.#take('-')) return lettersOf('-');
    const letters = this.#escape();
    if (this.#sign === '-' && this.#signs[this.at + 1] !== ']') throw new Refused('a range begins with a plain character');
    return letters;
  }

  #escape(): Letters {
    const sign = this.#next();
    const set = sets[sign];
    if (set !== undefined) return set;
    if (signs.has(sign)) return lettersOf(sign);
    throw new Refused(`"\\${sign}" is not known here`);
  }

  get #sign(): string | undefined {
    return this.#signs[this.at];
  }

  #next(): string {
    const sign = this.#signs[this.at];
    if (sign === undefined) throw new Refused('it ends too early');
    this.at += 1;
    return sign;
  }

  #take(sign: string): boolean {
    if (this.#sign !== sign) return false;
    this.at += 1;
    return true;
  }
}
