// Finds the longest of many known texts at a place of another one, at a cost that hardly grows with how many there are or how alike they are.

/** Of a longer one this much is looked for; from there on it counts as far as it goes. */
const keyLength = 256;

interface Group {
  /** In the order of their code units. */
  readonly keys: readonly string[];
  /** For each the place of the longest other one that it begins with; -1: there is none. */
  readonly within: readonly number[];
}

export class KnownTexts {
  readonly #shortest: number;
  readonly #longest: number;
  readonly #groups: ReadonlyMap<string, Group>;
  /** What they begin with, in fewer characters than the shortest may have. */
  readonly #beginnings: ReadonlySet<string>;
  readonly #longer: ReadonlyMap<string, readonly string[]>;

  /** None may have fewer characters than `shortest`. */
  constructor(texts: ReadonlySet<string>, shortest: number) {
    this.#shortest = shortest;
    this.#longest = [...texts].reduce((most, { length }) => Math.max(most, length), 0);
    const keys = [...new Set([...texts].map((text) => text.slice(0, keyLength)))].sort();
    this.#groups = new Map([...Map.groupBy(keys, (key) => key.slice(0, shortest))].map(([begin, sorted]) => [begin, groupOf(sorted)]));
    this.#beginnings = new Set([...this.#groups.keys()].flatMap((begin) => beginningsOf(begin)));
    this.#longer = Map.groupBy(
      [...texts].filter((text) => text.length > keyLength),
      (text) => text.slice(0, keyLength),
    );
  }

  get none(): boolean {
    return this.#groups.size === 0;
  }

  /** How many characters from `at` on are a known text, or more than the beginning of a long one; 0: they are none. */
  lengthAt(text: string, at: number): number {
    const found = this.#find(text, at);
    if (!found) return 0;
    const { group, place, rest } = found;
    let one = place;
    while (one >= 0 && !rest.startsWith(group.keys[one] ?? '')) one = group.within[one] ?? -1;
    const key = group.keys[one];
    return key === undefined ? 0 : Math.max(key.length, ...this.#extents(key, text, at));
  }

  /** Whether all that is left from `at` on is what a longer known text begins with. */
  mayGoOn(text: string, at: number): boolean {
    const left = text.length - at;
    if (left >= this.#longest) return false;
    if (left < this.#shortest) return this.#beginnings.has(text.slice(at));
    const found = this.#find(text, at);
    if (!found) return false;
    const { group, place, rest } = found;
    if (left < keyLength) return group.keys[place + 1]?.startsWith(rest) ?? false;
    return (this.#longer.get(rest) ?? []).some((one) => one.length > left && commonLength(one, text, at) === left);
  }

  /** Where what begins there would stand among the known: behind the last that is not beyond it. */
  #find(text: string, at: number): { readonly group: Group; readonly place: number; readonly rest: string } | undefined {
    const group = this.#groups.get(text.slice(at, at + this.#shortest));
    if (!group) return undefined;
    const rest = text.slice(at, at + keyLength);
    let [low, high] = [0, group.keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((group.keys[middle] ?? '') <= rest) low = middle + 1;
      else high = middle;
    }
    return { group, place: low - 1, rest };
  }

  #extents(key: string, text: string, at: number): readonly number[] {
    return (this.#longer.get(key) ?? []).map((one) => commonLength(one, text, at));
  }
}

/** A known text that begins what stands there also begins whatever is sorted between the two, so each is led to by those behind it. */
function groupOf(keys: readonly string[]): Group {
  const within: number[] = [];
  for (const [place, key] of keys.entries()) {
    let one = place - 1;
    while (one >= 0 && !key.startsWith(keys[one] ?? '')) one = within[one] ?? -1;
    within.push(one);
  }
  return { keys, within };
}

function beginningsOf(begin: string): readonly string[] {
  return Array.from({ length: begin.length - 1 }, (_, at) => begin.slice(0, at + 1));
}

/** How much of `one` stands in `text` from `at` on. */
function commonLength(one: string, text: string, at: number): number {
  let [low, high] = [0, Math.min(one.length, text.length - at)];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (text.startsWith(one.slice(low, middle), at + low)) low = middle;
    else high = middle - 1;
  }
  return low;
}
