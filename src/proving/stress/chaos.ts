// What a stress trial asks of whoever can break things on purpose: the faults of its last phase, under load.
import type { ChaosExhibit } from '../../model/proving/experiment.ts';
import type { Exhibit } from '../../model/proving/trial.ts';

export interface ChaosOrder {
  /** Requests a second while the faults act. */
  readonly rate: number;
  /** Of each fault's usual duration. */
  readonly scale: number;
}

export interface ChaosReport {
  readonly experiments: readonly { readonly content: ChaosExhibit; readonly file: Exhibit }[];
}

export interface ChaosRunner {
  /** One fault after the other, each undone before the next; when it is interrupted, undoes and resolves with what there is. */
  run(order: ChaosOrder): Promise<ChaosReport>;
}
