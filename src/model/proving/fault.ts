// Faults as data: what is done to whom for how long, and how it is known that it really happened.
import type { Duration } from '../../base/units.ts';
import type { Address } from '../instance.ts';

/** Nothing else is ever a target: an instance of the application under trial, or a part of the engine that serves it. */
export type FaultTarget =
  | {
      readonly kind: 'instance';
      readonly id: string;
      readonly service: string;
      readonly pid?: number;
      readonly container?: string;
      /** Where the gateway reaches it. */
      readonly address?: Address;
    }
  | { readonly kind: 'daemon'; readonly pid: number }
  | { readonly kind: 'gateway'; readonly pid: number };

export type FaultKind =
  | 'crash' // SIGKILL, and again at each restart while it lasts
  | 'pause' // SIGSTOP … SIGCONT: grey failure
  | 'partition' // connections to it time out
  | 'latency' // added to each connection, with jitter
  | 'loss' // connections reset, truncated or stalled for a share of them
  | 'memory' // up to its limit
  | 'cpu' // starved
  | 'disk_full'
  | 'clock_skew'
  | 'dns'
  | 'descriptors' // file descriptors exhausted
  | 'dependency'; // slow, then dead: cascading failure

export interface Fault {
  readonly kind: FaultKind;
  readonly target: FaultTarget;
  readonly lasts: Duration;
  /** By kind: `delay` and `jitter` in ms, `share` 0 … 1, … */
  readonly settings: Readonly<Record<string, number | string>>;
}

/** What can be done here, with what, and why not. */
export interface FaultAbility {
  readonly kind: FaultKind;
  /** Means by which it is done here: `SIGKILL`, `gateway proxy`, `nft in the container's namespace`. Absent: it cannot. */
  readonly means?: string;
  readonly because?: string;
}

export interface Injection {
  readonly kind: FaultKind;
  readonly means: string;
  /** Epoch milliseconds; `verifiedAt` absent: the fault was never seen to act, and nothing may be concluded. */
  readonly injectedAt: number;
  readonly verifiedAt?: number;
  readonly verification: string;
  readonly undoneAt?: number;
  /** Seen by a check that it is over. */
  readonly removalVerifiedAt?: number;
}
