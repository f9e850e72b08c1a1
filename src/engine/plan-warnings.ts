// What is told with a plan of what it would change.
import { releaseWarnings, rollbackWarnings } from '../decide/tasks/warnings.ts';
import { checkWarnings } from '../decide/unchecked.ts';
import type { Plan } from '../model/plan.ts';
import type { EnginePorts } from './ports.ts';
import { secretWarnings } from './secrets/planned.ts';

type Planned = Pick<Plan, 'scope' | 'kind' | 'changes'>;

/** Errors: `secret_missing`. */
export async function planWarnings(ports: EnginePorts, { scope, kind, changes }: Planned): Promise<readonly string[]> {
  const commands = kind === 'deploy' ? releaseWarnings(changes) : kind === 'rollback' ? rollbackWarnings(changes) : [];
  return [...commands, ...(await secretWarnings(ports, scope, changes)), ...checkWarnings(changes)];
}
