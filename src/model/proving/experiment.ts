// An experiment as data: what is steady, which faults, for how long, when it is broken off, what recovery means; and what one run of it left behind.
import type { Duration, Share } from '../../base/units.ts';
import type { Fault, FaultKind, Injection } from './fault.ts';
import type { IntegrityPlan, LedgerExhibit } from './ledger.ts';
import type { PhaseExhibit } from './load.ts';

export interface PlannedFault {
  readonly kind: FaultKind;
  /** A service of the application, or a part of the engine. Absent: the service that the route leads to. */
  readonly service?: string;
  readonly part?: 'daemon' | 'gateway';
  /** How many of its instances; more than there are means all. */
  readonly instances: number;
  /** After the first moment of the faults. */
  readonly at: Duration;
  readonly lasts: Duration;
  readonly settings: Fault['settings'];
}

export interface Experiment {
  /** `partition`; unique in its trial. */
  readonly name: string;
  /** None: a null run, in which nothing may be noticed. */
  readonly faults: readonly PlannedFault[];
  /** Without a path the route's own is asked for. */
  readonly load: { readonly rate: number; readonly path?: string };
  /** How long it is watched before anything is done; the first half of it warms up. */
  readonly before: Duration;
  /** What a window of the load must be to count as good. */
  readonly steady: Steady;
  /** At most so many failed requests of all while the faults act. Absent: whatever happens then. */
  readonly during?: { readonly errors: Share };
  readonly recovery: {
    /** So long without a bad window is recovered … */
    readonly good: Duration;
    /** … which must begin so soon after … */
    readonly within: Duration;
    /** … the first bad window, or, where nobody can be good before, after the faults were seen to be gone. Default: onset. */
    readonly from?: 'onset' | 'removal';
    /** How long after the faults it is watched at most. */
    readonly watch: Duration;
  };
  /** Broken off, and everything taken back, when more than this share failed for so long. */
  readonly abort?: { readonly errors: Share; readonly lasts: Duration };
  readonly integrity?: IntegrityPlan;
}

export interface Steady {
  readonly success: Share;
  readonly p99: Duration;
  /** Of what was offered in the window. */
  readonly goodput: Share;
  /** Windows are put together until they hold so many requests. */
  readonly least: number;
}

/** The raw outcome of one experiment (`chaos-experiment/1` in a bundle of evidence). */
export interface ChaosExhibit {
  readonly format: 'chaos-experiment/1';
  readonly experiment: Experiment;
  readonly injections: readonly { readonly fault: Fault; readonly injection: Injection }[];
  readonly load: PhaseExhibit;
  readonly ledger?: LedgerExhibit;
  readonly ended: 'whole' | 'interrupted' | 'aborted' | 'errored';
  /** Why not whole. */
  readonly because?: string;
}
