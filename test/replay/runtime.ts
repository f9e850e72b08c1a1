// What a runtime brings so that the catalogue can be replayed on it; everything else is the same for all.
import type { House } from '../kit/house.ts';

export interface Program {
  readonly source: Readonly<Record<string, unknown>>;
  readonly directory?: string;
  /** The same with a command, `no-such-program`, that is not there. */
  readonly missing: Readonly<Record<string, unknown>>;
}

export interface ReplayRuntime {
  /** As manifests name it. */
  readonly name: string;
  /** An engine of its own with nothing deployed. */
  open(): Promise<House>;
  /** What a service that runs `program/server.mjs` says in the manifest, and the directory that is shipped with it, if any. */
  program(house: House): Promise<Program>;
  /** The name under which an instance reaches this machine. */
  readonly hostSeenFromInside: string;
  /** How an instance is told to call a service that it needs. */
  readonly callsBy: 'address' | 'name';
  /**
   * By id of the catalogue, or by the whole beginning of a test's name: why it is not replayed here. A test is left out by its name, or when each
   * of its ids is.
   */
  readonly leftOut?: Readonly<Record<string, string>>;
  /** The sections that are replayed here, and why the others are not; absent: all of them. */
  readonly only?: { readonly sections: readonly string[]; readonly because: string };
  /** Ids of the instances that are on this machine, whatever the engine says. */
  living(): Promise<readonly string[]>;
}
