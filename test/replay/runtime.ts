// What a runtime brings so that the catalogue can be replayed on it; everything else is the same for all.
import type { House } from '../kit/house.ts';

export interface ReplayRuntime {
  /** As manifests name it. */
  readonly name: string;
  /** An engine of its own with nothing deployed. */
  open(): Promise<House>;
  /** What a service that runs `program/server.mjs` says in the manifest, and the directory that is shipped with it, if any. */
  program(house: House): Promise<{ readonly source: Readonly<Record<string, unknown>>; readonly directory?: string }>;
  /** The name under which an instance reaches this machine. */
  readonly hostSeenFromInside: string;
}
