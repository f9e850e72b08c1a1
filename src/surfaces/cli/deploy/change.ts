// Changes that need no manifest: apply a kept plan, roll back, scale, restart, remove; and aborting what runs.
import { CodeError } from '../../../base/errors.ts';
import type { Given } from '../command.ts';
import { exit, exitOfOutcome } from '../exit-codes.ts';
import { chooseScope, findScope } from '../scope.ts';
import type { Session } from '../session.ts';
import { carryOut, follow } from './carry-out.ts';
import { inTurn } from './turn.ts';

export async function apply(session: Session, given: Given): Promise<number> {
  const [plan_id = ''] = given.arguments;
  const api = await session.api();
  const reason = given.text('breakGlass');
  if (reason !== undefined) {
    const { breakGlass } = await import('./approve.ts');
    await breakGlass(session, await api.call('change.show', { plan_id }), reason);
  }
  return carryOut(session, await api.call('change.show', { plan_id }), given, 'even when nothing changes');
}

export async function rollback(session: Session, given: Given): Promise<number> {
  const scope = await findScope(session, given);
  const api = await session.api();
  return inTurn(session, given, scope, () => api.call('change.rollback_plan', { ...scope, to: given.text('to') }));
}

export async function scale(session: Session, given: Given): Promise<number> {
  const replicas = parseSizes(given.arguments);
  const scope = await findScope(session, given);
  const api = await session.api();
  return inTurn(session, given, scope, () => api.call('change.scale_plan', { ...scope, replicas }));
}

export async function restart(session: Session, given: Given): Promise<number> {
  const scope = await findScope(session, given);
  const api = await session.api();
  return inTurn(session, given, scope, () => api.call('change.restart_plan', { ...scope, services: given.arguments }));
}

export async function remove(session: Session, given: Given): Promise<number> {
  const [application = ''] = given.arguments;
  const api = await session.api();
  const wanted = { application, environment: given.text('env') };
  const { environments } = await api.call('apps.status', { application });
  const scope = chooseScope(
    environments.filter((one) => wanted.environment === undefined || one.environment === wanted.environment),
    wanted,
  );
  return inTurn(session, given, scope, () => api.call('change.remove_plan', { ...scope }));
}

export async function abort(session: Session, given: Given): Promise<number> {
  const [id = ''] = given.arguments;
  const api = await session.api();
  const deployment = await api.call('deployments.abort', { id, reason: given.text('reason') });
  session.out.note(`${id} turns round: the old release gets its full capacity back first`);
  if (given.flag('wait', true)) {
    const { outcome } = await follow(session, deployment);
    return outcome === 'aborted' ? exit.ok : exitOfOutcome(outcome);
  }
  session.out.document(deployment);
  return exit.ok;
}

/** `api=3` → `{ api: 3 }`. Errors: `usage`. */
export function parseSizes(texts: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    texts.map((text) => {
      const match = /^([a-z][a-z0-9-]*)=(\d{1,4})$/.exec(text);
      if (match) return [match[1], Number(match[2])];
      throw new CodeError('usage', `${JSON.stringify(text)} is not SERVICE=N.`, { hint: 'Write it as in "codectl scale api=3".' });
    }),
  );
}
