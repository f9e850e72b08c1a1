// What a runtime brings so that the catalogue can be replayed on it; everything else is the same for all.
import type { House } from '../kit/house.ts';

export interface Program {
  readonly source: Readonly<Record<string, unknown>>;
  readonly directory?: string;
  /** The same with a command, `no-such-program`, that is not there. */
  readonly missing: Readonly<Record<string, unknown>>;
}

/** What reasons hold. */
export interface ProbeWords {
  /** `GET /healthz` had that status. */
  answered(status: number): string;
  /** Nobody takes connections at the port. */
  readonly deaf: string;
  /** `GET /healthz` had no answer within 200 ms. */
  readonly silent: string;
}

export const ownWords: ProbeWords = {
  answered: (status) => `GET /healthz answered ${status}`,
  deaf: 'does not listen on port',
  silent: 'did not answer within 200ms',
};

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
  /** How a check that failed is told there; absent: in the words of our own prober. */
  readonly words?: ProbeWords;
  /** Ids of the instances that are on this machine, whatever the engine says. */
  living(): Promise<readonly string[]>;
}
