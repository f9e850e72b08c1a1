// Patterns from users: only such that no text can make slow (CWE-1333).
import { degreeOf, forksOf, isExponential } from './ambiguity.ts';
import { automatonOf } from './automaton.ts';
import { parsePattern, Refused } from './parse.ts';

const longest = 1_000;
/** Loops that compete: with 2 a text of `longestText` costs some ten million steps at the very worst, with each more 500 times that. */
const steepest = 2;
/** As a power of 2. */
const mostForks = 8;
export const longestText = 500;

/** Why a regular expression is not taken: too large, not of the part that is known here, or slow on some text. */
export function patternProblem(text: string): string | undefined {
  if (text.length > longest) return `it is longer than ${longest} characters`;
  try {
    const automaton = automatonOf(parsePattern(text));
    if (isExponential(automaton))
      return 'some text can be read in exponentially many ways: a repetition within a repetition, or two alternatives that begin alike';
    if (degreeOf(automaton) > steepest) return `more than ${steepest + 1} repetitions in a row can read the same characters`;
    return forksOf(automaton) > mostForks ? 'too many alternatives or optional parts in a row begin alike' : undefined;
  } catch (thrown) {
    if (thrown instanceof Refused) return thrown.message;
    throw thrown;
  }
}

/** Whether a whole text matches; one that is too long does not. Throws an `Error` for a pattern that `patternProblem` refuses. */
export function matcherOf(pattern: string): (text: string) => boolean {
  const problem = patternProblem(pattern);
  if (problem !== undefined) throw new Error(problem);
  const compiled = new RegExp(`^(?:${pattern})$`, 'u');
  return (text) => text.length <= longestText && compiled.test(text);
}

/** Why a line of gitignore(5) is not taken: each `*` of one name is a loop that competes with the others, and so is each `**`. */
export function globProblem(line: string): string | undefined {
  if (line.length > longest) return `it is longer than ${longest} characters`;
  const names = line.split('/');
  if (names.some((name) => (name.replace(/\\./g, '').match(/\*+/g)?.length ?? 0) > steepest + 1))
    return `one name has more than ${steepest + 1} times "*"`;
  return names.filter((name) => name === '**').length > steepest + 1 ? `it has more than ${steepest + 1} times "**"` : undefined;
}
