// What everything about tasks is given.
import type { Scope } from '../../model/instance.ts';
import type { EnginePorts } from '../ports.ts';

export interface JobsOptions {
  readonly ports: EnginePorts;
  readonly wake: (scope: Scope, at?: number) => void;
}
