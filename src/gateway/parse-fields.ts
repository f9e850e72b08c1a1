// The smallest parts of a route table: each is what it must be, or named by its path.
import { CodeError } from '../base/errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

export function fields(input: unknown, path: string): Fields {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw wrong(path, 'an object');
  return input as Fields;
}

export function list(input: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(input)) throw wrong(path, 'a list');
  return input;
}

export function text(input: unknown, path: string): string {
  if (typeof input !== 'string' || input === '') throw wrong(path, 'a text that is not empty');
  return input;
}

export function amount(input: unknown, path: string): number {
  if (typeof input !== 'number' || !Number.isFinite(input) || input < 0) throw wrong(path, 'a number of zero or more');
  return input;
}

export function whole(input: unknown, path: string, most: number): number {
  const value = amount(input, path);
  if (!Number.isSafeInteger(value) || value > most) throw wrong(path, `a whole number from 0 to ${most}`);
  return value;
}

export function wrong(path: string, expected: string): CodeError {
  return new CodeError('input_invalid', `The route table is not valid: ${path} must be ${expected}.`, { details: { path, expected } });
}

/** Absent, or read by `read`. */
export function optional<T>(input: unknown, read: (input: unknown) => T): T | undefined {
  return input === undefined ? undefined : read(input);
}
