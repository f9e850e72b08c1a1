// Scenarios made from what others recorded or described: written as a file that people read, change and keep.
import { stringify } from 'yaml';
import type { z } from 'zod';
import { CodeError } from '../../../base/errors.ts';
import type { scenarioSchema } from './schema.ts';

export type Draft = z.input<typeof scenarioSchema>;
export type DraftStep = NonNullable<Draft['flows']>[string]['steps'][number];

export interface Imported {
  /** YAML. */
  readonly text: string;
  /** What was left out, and why: one line each. */
  readonly notes: readonly string[];
}

/** So many steps may one flow have. */
export const mostSteps = 100;

/** Errors: `input_invalid` where nothing is left that could be sent. */
export function imported(draft: Draft, notes: readonly string[], file: string): Imported {
  if (Object.keys(draft.flows).length === 0)
    throw new CodeError('input_invalid', `Nothing in ${file} can be sent as it is.`, { hint: notes[0] ?? 'Look at what it holds.' });
  return {
    text: `# Made from ${file.replaceAll(/[^ -~]/g, '?')}. Give each step an "expect" that tells a wrong answer.\n${stringify(draft, { lineWidth: 0 })}`,
    notes,
  };
}

/** Undefined: not as a scenario writes it. */
export function requestText(method: unknown, path: string): string | undefined {
  const text = `${String(method).toUpperCase()} ${path}`;
  return /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/[!-~]{0,2000}$/.test(text) ? text : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
