// A reader of one kind of file that tells of packages.
import type { Component } from '../../../model/supply/component.ts';

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** The distribution, as `etc/os-release` tells it: `debian` and `12`. */
export interface System {
  readonly id: string;
  readonly release?: string;
}

export interface Told {
  readonly components: readonly Component[];
  /** What in the file was not understood. */
  readonly because?: string | undefined;
}

export interface Reader {
  readonly reads: (path: string) => boolean;
  /** Throws an `Error` with the reason when the file is not what its name says. */
  readonly read: (file: TextFile, system: System | undefined) => Told;
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own member of an object, where it is an object itself. */
export function recordIn(value: unknown, key: string): Readonly<Record<string, unknown>> {
  const member = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return isRecord(member) ? member : {};
}

export function textIn(value: unknown, key: string): string | undefined {
  const member = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof member === 'string' && member !== '' ? member : undefined;
}

/** One reason for several lines or entries, or none. */
export function skipped(what: readonly string[], why: string): string | undefined {
  const [first] = what;
  return first === undefined ? undefined : `${what.length} of its entries ${why}, such as ${JSON.stringify(first)}`;
}
