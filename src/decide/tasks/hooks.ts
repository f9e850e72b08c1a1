// Hooks that tell what has happened: due once a phase is over, whatever came of it. Nobody waits for them.

import type { HookPhase } from '../../model/completion.ts';
import type { Deployment, ServiceRollout } from '../../model/deployment.ts';
import type { Task } from '../../model/task.ts';
import type { WantedTask } from './gates.ts';
import { taskOf } from './gates.ts';

/** Those that have no task yet. */
export function wantedNews(deployment: Deployment, tasks: readonly Task[]): readonly WantedTask[] {
  const mine = tasks.filter((one) => one.deployment === deployment.id);
  return deployment.services.flatMap((rollout) => {
    const { to, service } = rollout;
    if (!to || to.release === rollout.from?.release) return [];
    return phasesOver(rollout, deployment).flatMap((phase) =>
      (to.spec.hooks?.[phase] ?? []).flatMap((_, index): readonly WantedTask[] => {
        const gate = { kind: 'hook', phase, index } as const;
        return taskOf(rollout, gate, mine) ? [] : [{ service, target: to, gate }];
      }),
    );
  });
}

function phasesOver({ stage }: ServiceRollout, { kind, direction, outcome }: Deployment): readonly HookPhase[] {
  if (kind !== 'deploy' && kind !== 'rollback') return [];
  const switched = direction === 'forward' && (stage === 'baking' || stage === 'settled') && outcome !== 'superseded';
  const phases: HookPhase[] = switched ? ['after_switch'] : [];
  if (outcome === 'succeeded') phases.push('after_deploy');
  // A newer deployment has taken over: it will tell.
  else if (outcome !== undefined && outcome !== 'superseded') phases.push('on_failure');
  return phases;
}
