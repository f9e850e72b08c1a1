// How deep and how long the statements of a program are: for readers that go one call deeper with each part and cannot say when to stop.

export interface Nesting {
  /** Brackets of any kind in one another. */
  readonly brackets: number;
  /** Words and signs of the longest statement; a `;` ends one. */
  readonly words: number;
  /** The same of the longest chain, which `,`, `&` and `|` end, too: in `a.b.c`, `a + b + c` and `if … else if …` each part is nested in the next. */
  readonly chain: number;
}

/** What stands in a string is one word, what stands behind `//` none. One pass, without recursion. */
export function nestingOf(text: string): Nesting {
  let depth = 0;
  let brackets = 0;
  let count = 0;
  let words = 0;
  let linked = 0;
  let chain = 0;
  for (const [word] of text.matchAll(/"(?:[^"\\]|\\.)*"?|\/\/[^\n]*|\w+|[^\s\w]/gs)) {
    if (word.startsWith('//')) continue;
    count = word === ';' ? 0 : count + 1;
    words = Math.max(words, count);
    linked = /^[;,&|]$/.test(word) ? 0 : linked + 1;
    chain = Math.max(chain, linked);
    if (/^[([{]$/.test(word)) brackets = Math.max(brackets, (depth += 1));
    else if (/^[)\]}]$/.test(word)) depth = Math.max(0, depth - 1);
  }
  return { brackets, words, chain };
}
