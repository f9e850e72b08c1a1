// Ranks texts by how much they say about a question: Okapi BM25 (Robertson, Zaragoza 2009), with the usual constants.

const k1 = 1.2;
const b = 0.75;

export interface Ranked {
  readonly at: number;
  readonly score: number;
}

/** Words of each text; the answer ranks texts for weighted words, the best first, those without any of them left out. */
export function rankerOf(texts: readonly (readonly string[])[]): (question: ReadonlyMap<string, number>) => readonly Ranked[] {
  const counts = texts.map((words) => new Map([...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length])));
  const average = texts.reduce((sum, words) => sum + words.length, 0) / Math.max(1, texts.length);
  const rarity = (word: string): number => {
    const having = counts.filter((one) => one.has(word)).length;
    return Math.log(1 + (texts.length - having + 0.5) / (having + 0.5));
  };
  return (question) => {
    const rarities = [...question].map(([word, weight]) => [word, weight * rarity(word)] as const);
    const scored = counts.map((count, at) => {
      const length = texts[at]?.length ?? 0;
      const score = rarities.reduce((sum, [word, worth]) => {
        const often = count.get(word) ?? 0;
        return sum + (worth * often * (k1 + 1)) / (often + k1 * (1 - b + (b * length) / average));
      }, 0);
      return { at, score };
    });
    return scored.filter(({ score }) => score > 0).sort((one, other) => other.score - one.score);
  };
}
