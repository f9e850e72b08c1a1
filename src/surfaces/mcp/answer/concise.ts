// What is told at first: the things and how they fare. What is below them is counted, and what only machines compare is left out.
import { isObject } from '../schema.ts';

/** At the root stand the things that were asked for, or lists of them. */
const deepest = 2;
/** Of use to programs alone. */
const noise: ReadonlySet<string> = new Set(['digest', 'hash', 'previous', 'prefix', 'pid', 'policy']);
const longest = 1_000;

export function concise(value: unknown, depth = 0): unknown {
  if (typeof value === 'string')
    return value.length > longest ? `${value.slice(0, longest)}… [${value.length - longest} more characters; detail: full]` : value;
  if (Array.isArray(value)) return value.map((one) => concise(one, depth + 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, member]) => conciseMember(key, member, depth)));
}

function conciseMember(key: string, member: unknown, depth: number): readonly [string, unknown][] {
  if (member === undefined || member === null || (depth > 0 && noise.has(key))) return [];
  if (Array.isArray(member)) return conciseList(key, member, depth);
  if (!isObject(member)) return [[key, concise(member, depth)]];
  return [[key, depth >= deepest ? scalarsOf(member) : concise(member, depth + 1)]];
}

function conciseList(key: string, list: readonly unknown[], depth: number): readonly [string, unknown][] {
  if (list.length === 0 && depth > 0) return [];
  return depth >= deepest && list.some(isObject) ? [[`${key}_count`, list.length]] : [[key, concise(list, depth)]];
}

function scalarsOf(value: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]): [string, unknown][] =>
      typeof one === 'object' || one === undefined || noise.has(key) ? [] : [[key, concise(one)]],
    ),
  );
}
