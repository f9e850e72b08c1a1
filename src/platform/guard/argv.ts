// Words for a program that is started without a shell: nothing between us and it reads them, so all that is left to refuse is what the system
// would cut short, and what the program would take for an option (CWE-88).

/** Linux: MAX_ARG_STRLEN, 32 pages with the NUL at the end, and a quarter of a stack of 8 MiB for arguments and environment (execve(2)). */
const longestWord = 131_071;
const longestAll = 2 * 2 ** 20;
const mostWords = 16_384;

/** Why the program cannot be started with these words as they are; the first one names it. */
export function argvProblem(words: readonly unknown[], environment: Readonly<Record<string, unknown>> = {}): string | undefined {
  const [program] = words;
  if (program === undefined || program === '') return 'it names no program';
  if (typeof program === 'string' && program.startsWith('-')) return 'its program would be taken for an option';
  if (words.length > mostWords) return `it has more than ${mostWords} words`;
  const variables = Object.entries(environment);
  const wrong = first(words, wordProblem) ?? first(variables, ([name, value]) => nameProblem(name) ?? wordProblem(value));
  if (wrong !== undefined) return wrong;
  const all = [...words, ...variables.map(([name, value]) => `${name}=${String(value)}`)];
  const size = all.reduce((sum: number, word) => sum + Buffer.byteLength(String(word)) + 9, 0);
  return size > longestAll ? `its words and environment are longer than ${longestAll} bytes together` : undefined;
}

/** Why a word cannot stand where a program expects a name, a path or an address. */
export function operandProblem(word: string): string | undefined {
  if (word === '') return 'it is empty';
  if (/^[-\u2010-\u2015\u2212\uff0d]/.test(word)) return 'it begins with "-" and would be taken for an option';
  return wordProblem(word);
}

function wordProblem(word: unknown): string | undefined {
  if (typeof word !== 'string') return 'one of its words is no text';
  if (word.includes('\0')) return 'one of its words holds a NUL character';
  if (!word.isWellFormed()) return 'one of its words holds half a character';
  return Buffer.byteLength(word) > longestWord ? `one of its words is longer than ${longestWord} bytes` : undefined;
}

function nameProblem(name: string): string | undefined {
  return name === '' || /[=\0]/.test(name) ? 'its environment has a variable without a proper name' : undefined;
}

function first<T>(all: readonly T[], problem: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const found = problem(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
