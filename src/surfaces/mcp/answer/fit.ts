// Cuts an answer to what an agent should be made to read, and says how to ask for less or for the rest.
import { isObject } from '../schema.ts';
import { tokensOf } from './size.ts';

export const conciseTokens = 4_000;
export const fullTokens = 16_000;

export interface Fitted {
  readonly value: Readonly<Record<string, unknown>>;
  /** How many items of the list are left. */
  readonly shown?: number;
}

/** `list`: the member that may lose items from its end. */
export function fitted(value: Readonly<Record<string, unknown>>, list: string | undefined, most: number): Fitted {
  // What is added about the cut needs some room, too, and an estimate is one.
  const room = most * 0.85 - 150;
  if (tokensOf(JSON.stringify(value)) <= room) return { value };
  const items = list === undefined ? undefined : value[list];
  if (list !== undefined && Array.isArray(items) && items.length > 1) {
    const sizes = items.map((one) => tokensOf(JSON.stringify(one)) + 1);
    let left = room - tokensOf(JSON.stringify({ ...value, [list]: [] }));
    const first = sizes.findIndex((size) => (left -= size) < 0);
    const shown = Math.max(1, first);
    const cut = { ...value, [list]: items.slice(0, shown) };
    return { value: tokensOf(JSON.stringify(cut)) <= room ? cut : shortened(cut, room), shown };
  }
  return { value: shortened(value, room) };
}

/** Texts and lists inside become shorter and shorter until it fits. */
function shortened(value: Readonly<Record<string, unknown>>, room: number): Readonly<Record<string, unknown>> {
  for (let length = 4_000, count = 64; length >= 1; length = Math.floor(length / 2), count = Math.max(1, Math.floor(count / 2))) {
    const cut = {
      ...(within(value, length, count) as Readonly<Record<string, unknown>>),
      overflow: 'Texts and lists were cut; ask for fewer with fields, or for one thing.',
    };
    if (tokensOf(JSON.stringify(cut)) <= room) return cut;
  }
  return { overflow: 'The answer is too large to be shown; ask for some of it with fields, or for one thing.' };
}

function within(value: unknown, length: number, count: number): unknown {
  if (typeof value === 'string') return value.length > length ? `${value.slice(0, length)}…` : value;
  if (Array.isArray(value)) return value.slice(0, count).map((one) => within(one, length, count));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, within(one, length, count)]));
}
