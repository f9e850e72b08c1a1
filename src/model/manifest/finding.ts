// What is wrong with a manifest: findings know the path, problems also the line and column, and one error carries them all.
import { CodeError, type ErrorCode } from '../../base/errors.ts';

export type Path = readonly (string | number)[];

/** Something wrong at a path of the manifest, before anybody knows where that is in a file. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  /** Point at the key instead of its value. */
  readonly atKey?: boolean;
  /** Where else the cause may stand; the place that leads furthest is shown. */
  readonly orAt?: Path;
}

/** Something wrong at a place of a file; line and column count from 1. */
export interface ManifestProblem {
  /** `services.web.routes[0].path`; empty for the manifest as a whole. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

const mostProblemsShown = 100;

/** The same findings, their paths continued from `start`. */
export function below(start: Path, findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({ ...finding, path: [...start, ...finding.path] }));
}

/** `services.web.routes[0].path` */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const word = /^[\w-]{1,80}$/.test(step) ? step : JSON.stringify(step.slice(0, 80));
    return text === '' ? word : `${text}.${word}`;
  }, '');
}

/** One error for all problems of a file, one a line, in the order of the file; `details.problems` has them as data. */
export function manifestError(
  code: Extract<ErrorCode, 'manifest_invalid' | 'manifest_unreadable'>,
  file: string,
  problems: readonly ManifestProblem[],
): CodeError {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const shown = sorted.slice(0, mostProblemsShown);
  const lines = shown.map(({ path, line, column, message }) => `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`);
  if (sorted.length > shown.length) lines.push(`… and ${sorted.length - shown.length} more`);
  return new CodeError(code, lines.join('\n'), {
    hint: 'Run `codectl manifest example` to see every key with its meaning.',
    details: { file, problems: shown },
  });
}
