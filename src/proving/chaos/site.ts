// What an experiment needs of the world: whom it may hit, with what, by which load, and where it writes down what has to be undone.
import type { Clock } from '../../base/clock.ts';
import type { Address } from '../../model/instance.ts';
import type { FaultTarget } from '../../model/proving/fault.ts';
import type { LoadTarget } from '../../model/proving/scenario.ts';
import type { ProcessIdentity } from '../../platform/process/identity.ts';
import type { Faults } from '../../ports/faults.ts';
import type { OpenLoadEngine } from '../load/engine.ts';
import type { UndoJournal } from './journal.ts';

type InstanceTarget = Extract<FaultTarget, { kind: 'instance' }>;

/** What runs at this moment. */
export interface ChaosTarget {
  /** The gateway's door, where load goes; and the one without TLS. */
  readonly door: LoadTarget;
  readonly plainDoor: Address;
  /** The route that is asked, and the service that it leads to. */
  readonly route: { readonly host: string; readonly path: string; readonly service: string };
  readonly services: Readonly<Record<string, readonly InstanceTarget[]>>;
  /** Whom each service needs. */
  readonly needs: Readonly<Record<string, readonly string[]>>;
  readonly daemon?: number;
  readonly gateways: readonly number[];
}

export interface ChaosSite {
  /** As it is now; `path`: what is asked for, the route's own when absent. */
  readonly target: (path?: string) => Promise<ChaosTarget>;
  /** The first that can do a fault does it. */
  readonly drivers: readonly Faults[];
  readonly journal: UndoJournal;
  readonly prover: ProcessIdentity;
  readonly clock: Clock;
  readonly openLoad: OpenLoadEngine;
  readonly seed: number;
  readonly say: (line: string) => void;
}
