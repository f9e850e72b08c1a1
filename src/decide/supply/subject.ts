// What a bill of materials is about.
import type { Inventory } from '../../model/supply/component.ts';

export interface Subject {
  /** `shop/api` */
  readonly name: string;
  /** Of the release: `api@3f9a1c2b44d0`. */
  readonly version: string;
  /** 64 hexadecimal digits: SHA-256 of the artifact, where it has one. */
  readonly sha256?: string;
  /** When the release was first planned, in milliseconds since the epoch. */
  readonly at: number;
  readonly tool: { readonly name: string; readonly version: string };
  readonly inventory: Inventory;
  /** Why the list may lack something, besides the files that could not be read. */
  readonly gaps?: readonly string[];
}

/** Everything that keeps the list from being complete, in words. */
export function gapsOf({ inventory, gaps = [] }: Subject): readonly string[] {
  return [...gaps, ...inventory.unread.map(({ path, because }) => `${path}: ${because}`)];
}
