// How each guard is asked about a line of its corpus: the functions that the product calls, or is to call (decision 0020). The answer is why it is refused, or nothing.
import { CodeError } from '../../src/base/errors.ts';
import { secretsIn } from '../../src/engine/supply/secrets/text.ts';
import { readDocument } from '../../src/model/manifest/yaml/read.ts';
import type { ArchiveEntry } from '../../src/platform/guard/archive.ts';
import { archiveProblem } from '../../src/platform/guard/archive.ts';
import { argvProblem, operandProblem } from '../../src/platform/guard/argv.ts';
import { parseJson } from '../../src/platform/guard/document/json.ts';
import { parseYaml } from '../../src/platform/guard/document/yaml.ts';
import { globProblem, patternProblem } from '../../src/platform/guard/pattern/pattern.ts';
import { visibleLine } from '../../src/platform/guard/text.ts';
import { listOf, spelled } from './corpus.ts';

export type Judge = (value: unknown) => string | undefined | Promise<string | undefined>;

export const argv: Judge = (value) => {
  const [door, words, environment = {}] = listOf(value);
  if (door === 'operand') return operandProblem(String(spelled(words)));
  const variables = Object.entries(environment as object).map(([name, one]): [string, unknown] => [name, spelled(one)]);
  return argvProblem(wordsOf(words), Object.fromEntries(variables));
};

function wordsOf(words: unknown): readonly unknown[] {
  if (Array.isArray(words)) return words.map(spelled);
  const { times, of } = words as { readonly times: number; readonly of: unknown };
  return Array.from({ length: times }, () => spelled(of));
}

// Written out once more, by number, so that a guard which forgets a range is not judged by the same range.
const harmful = (
  '0-1f 7f-9f ad-ad 61c-61c 115f-1160 17b4-17b5 180e-180e 200b-200b 200e-200f 2028-202e 2060-206f 3164-3164 feff-feff ffa0-ffa0 fff0-fffb ' +
  '1bca0-1bca3 1d173-1d17a'
)
  .split(' ')
  .map((range) => range.split('-').map((code) => Number.parseInt(code, 16)));

/** Refused is what is shown otherwise than it is; that has to be harmless then. */
export const text: Judge = (value) => {
  const given = String(value);
  const shown = visibleLine(given);
  const codes = Array.from(shown, (one) => one.codePointAt(0) ?? 0);
  const harms = codes.some((code) => harmful.some(([low = 0, high = low]) => code >= low && code <= high));
  return shown !== given && !harms && shown.isWellFormed() ? `shown as ${shown}` : undefined;
};

const kinds: Readonly<Record<string, string>> = { f: 'file', d: 'directory', l: 'link' };

export const archive: Judge = (value) => {
  const whole = Array.isArray(value)
    ? { entries: value as readonly unknown[] }
    : (value as { entries: readonly unknown[]; packed: number });
  const limits = { entries: 200_000, fileBytes: 2 ** 30, bytes: 4 * 2 ** 30 };
  const packed = 'packed' in whole ? whole.packed : undefined;
  return archiveProblem(whole.entries.flatMap(entriesOf), limits, packed)?.problem;
};

function entriesOf(value: unknown): readonly ArchiveEntry[] {
  const [times, ...rest] = listOf(value);
  if (typeof times !== 'number' || typeof rest[1] !== 'string') return [entryOf(listOf(value))];
  const [kind, path, more] = rest;
  return Array.from({ length: times }, (_, at) => entryOf([kind, path.replace('%', String(at).padStart(7, '0')), more]));
}

function entryOf([kind, path, more]: readonly unknown[]): ArchiveEntry {
  const named = { kind: kinds[String(kind)] ?? kind, path: spelled(path) };
  return (kind === 'l' ? { ...named, target: spelled(more) } : { ...named, size: more }) as ArchiveEntry;
}

export const documents: Judge = (value) => {
  const [door, given] = listOf(value);
  const content = String(spelled(given));
  try {
    if (door === 'json') parseJson(content, { size: 2 * 2 ** 20, depth: 32, values: 200_000 }, 'it');
    else if (door === 'yaml') parseYaml(content, { size: 256 * 1024, depth: 10, values: 20_000 });
    else return readDocument(content, 'code.yaml').problems[0]?.message;
    return undefined;
  } catch (thrown) {
    // What is not said on purpose is a defect, and no guard.
    if (thrown instanceof CodeError || (door === 'yaml' && thrown instanceof Error && thrown.constructor === Error)) return thrown.message;
    throw thrown;
  }
};

export const patterns: Judge = (value) => {
  const [door, given] = listOf(value);
  const pattern = String(spelled(given));
  return door === 'glob' ? globProblem(pattern) : patternProblem(pattern);
};

/** A text is refused when something in it looks like a secret. */
export const secrets: Judge = (value) => secretsIn(String(spelled(value)))[0]?.kind;
