// Gets the part of an answer that was asked for from the operation, whatever way it has of giving parts.

import type { Caller } from './caller.ts';
import type { Json } from './schema.ts';
import { isObject } from './schema.ts';
import { streamed } from './shape.ts';
import type { OperationTool } from './tool.ts';
import type { Part, Wishes } from './wishes.ts';

export async function fetched(tool: OperationTool, wishes: Wishes, caller: Caller, signal: AbortSignal): Promise<Part> {
  const { operation, shape } = tool;
  if (operation.kind === 'stream') return gathered(tool, wishes, caller, signal);
  const input = shape.list === undefined ? wishes.input : { ...wishes.input, ...partOf(tool, wishes) };
  const value = await caller.call(operation.name, input, signal);
  if (!isObject(value) || shape.list === undefined) return { value: isObject(value) ? value : {}, more: false };
  const all = value[shape.list];
  if (!Array.isArray(all)) return { value, more: false };
  return shape.numbered ? numbered(value, shape.list, all, wishes) : counted(value, shape.list, all, wishes);
}

/** One more than is wanted tells whether there is more. */
function partOf({ shape }: OperationTool, { limit, place }: Wishes): Json {
  if (shape.numbered)
    return {
      ...(place === undefined ? {} : { after: place }),
      ...(shape.most === undefined ? {} : { limit: Math.min(shape.most, limit) }),
    };
  return shape.most === undefined ? {} : { limit: Math.min(shape.most, (place ?? 0) + limit + 1) };
}

function counted(value: Json, list: string, all: readonly unknown[], { limit, place = 0 }: Wishes): Part {
  const items = all.slice(place, place + limit);
  return { value: { ...value, [list]: items }, places: items.map((_, at) => place + at + 1), more: all.length > place + limit };
}

function numbered(value: Json, list: string, all: readonly unknown[], { limit }: Wishes): Part {
  const items = all.slice(0, limit);
  return { value: { ...value, [list]: items }, places: items.map(numberOf), more: true };
}

function numberOf(item: unknown): number {
  return isObject(item) && typeof item['sequence'] === 'number' ? item['sequence'] : 0;
}

/** The last lines, or with a cursor the next ones. */
async function gathered(tool: OperationTool, wishes: Wishes, caller: Caller, signal: AbortSignal): Promise<Part> {
  const { operation, shape } = tool;
  const stream = await caller.stream(operation.name, asked(tool, wishes), signal);
  const { items, seen, more } =
    shape.numbered && wishes.place !== undefined ? await first(stream, wishes.limit) : await last(stream, wishes.limit);
  const value = { [streamed]: items, ...(seen > items.length ? { earlier_not_shown: seen - items.length } : {}) };
  return shape.numbered ? { value, places: items.map(numberOf), more: more || items.length > 0 } : { value, more: false };
}

function asked({ shape }: OperationTool, { input, limit, place }: Wishes): Json {
  const tail = shape.tail && input['tail'] === undefined;
  return { ...input, follow: false, ...(shape.numbered ? { after: place ?? 0 } : {}), ...(tail ? { tail: limit } : {}) };
}

interface Gathered {
  readonly items: readonly unknown[];
  readonly seen: number;
  readonly more: boolean;
}

async function first(stream: AsyncIterable<unknown>, limit: number): Promise<Gathered> {
  const items: unknown[] = [];
  for await (const item of stream) {
    if (items.length === limit) return { items, seen: limit, more: true };
    items.push(item);
  }
  return { items, seen: items.length, more: false };
}

async function last(stream: AsyncIterable<unknown>, limit: number): Promise<Gathered> {
  const items: unknown[] = [];
  let seen = 0;
  for await (const item of stream) {
    seen += 1;
    items.push(item);
    if (items.length > limit) items.shift();
  }
  return { items, seen, more: false };
}
