// What is told with a plan of what it would change, and of what it would ship.
import type { Wanted } from '../decide/plan.ts';
import { releaseWarnings, rollbackWarnings } from '../decide/tasks/warnings.ts';
import { checkWarnings } from '../decide/unchecked.ts';
import type { Scope } from '../model/instance.ts';
import type { Plan, ServiceChange } from '../model/plan.ts';
import type { EnginePorts } from './ports.ts';
import { secretWarnings } from './secrets/planned.ts';
import type { Shipped } from './supply/shipping.ts';
import { Customs } from './supply/shipping.ts';

type Planned = Pick<Plan, 'scope' | 'runtime' | 'kind' | 'changes'>;

export class PlanNotes {
  readonly #ports: EnginePorts;
  readonly #customs: Customs;

  constructor(ports: EnginePorts) {
    this.#ports = ports;
    this.#customs = new Customs(ports);
  }

  /** Errors: `secret_missing`. */
  async warnings(plan: Planned): Promise<readonly string[]> {
    const { kind, changes } = plan;
    const commands = kind === 'deploy' ? releaseWarnings(changes) : kind === 'rollback' ? rollbackWarnings(changes) : [];
    return [...commands, ...(await secretWarnings(this.#ports, plan)), ...checkWarnings(changes)];
  }

  /** Of services that get another release; what is live already was looked at when it came. Errors: `secret_exposed`, `signature_missing`. */
  shipped({ environment }: Scope, wanted: readonly Wanted[], changes: readonly ServiceChange[]): Promise<Shipped> {
    const anew = new Set(changes.flatMap(({ from, to }) => (to && to.release !== from?.release ? [to.release] : [])));
    return this.#customs.inspect(
      environment,
      wanted.map((one) => one.release).filter(({ id }) => anew.has(id)),
    );
  }
}
