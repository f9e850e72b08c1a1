// Drift: what was found changed behind the engine's back, and what became of it.
import type { Scope } from './instance.ts';

export interface Drift {
  readonly kind: 'route_table' | 'stray' | 'snapshot' | 'instance';
  /** Absent: it concerns every environment. */
  readonly scope?: Scope;
  /** What it is about: the name of an instance or of a release. */
  readonly subject: string;
  /** Of an instance that was live. */
  readonly service?: string;
  /** What was found, as a sentence without its end. */
  readonly message: string;
  /** Milliseconds since the epoch, as all times here. */
  readonly foundAt: number;
  readonly state: 'repairing' | 'repaired' | 'refused';
  /** Why it is not put right, or not yet. */
  readonly because?: string;
  readonly repairedAt?: number;
}
