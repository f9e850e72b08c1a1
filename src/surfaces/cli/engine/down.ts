// `down`: ends the daemon; with --all everything that was deployed first, and the gateway.
import { systemClock } from '../../../base/clock.ts';
import { CodeError } from '../../../base/errors.ts';
import { randomText } from '../../../base/ids.ts';
import type { Api, EnvironmentView } from '../api.ts';
import { confirmed } from '../ask.ts';
import type { Given } from '../command.ts';
import { exit, exitOfOutcome } from '../exit-codes.ts';
import { withPlan } from '../failure.ts';
import type { Session } from '../session.ts';

/** How long the daemon may take to end after it said yes, in milliseconds. */
const patience = 30_000;

export async function down(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const all = given.flag('all');
  if (all && !(await runs(session))) await reviveForCleaning(session);
  if (!(await runs(session))) {
    out.document({ stopped: false });
    out.text('The engine does not run.');
    return exit.ok;
  }
  const api = await session.api();
  const environments = await deployed(api, all);
  if (all && environments !== undefined && environments.length > 0) {
    const names = environments.map((one) => `${one.application} (${one.environment})`).join(', ');
    if (!(await confirmed(session, `This removes ${names}. Go on?`, given.flag('yes'), true))) return exitOfOutcome('cancelled');
    for (const one of environments) await removeWhole(session, api, one);
  }
  await api.call('system.stop', { everything: all });
  await untilGone(session);
  out.document({ stopped: true, everything: all });
  const left = all
    ? 'Nothing of it is left running.'
    : `${environments?.length === 0 ? 'The gateway goes' : 'Services and gateway go'} on.`;
  out.text(`The engine has ended. ${left}`);
  return exit.ok;
}

/** Undefined where that cannot be known and need not: a runtime that does not answer keeps no engine from ending. */
async function deployed(api: Api, all: boolean): Promise<readonly EnvironmentView[] | undefined> {
  try {
    return (await api.call('apps.status')).environments;
  } catch (thrown) {
    if (all) throw thrown;
    return undefined;
  }
}

/** A daemon that was killed has left gateway and services running; only a daemon can end them in order. */
async function reviveForCleaning({ world, flags, out, signal }: Session): Promise<void> {
  if (flags.host !== undefined) return;
  const launcher = await world.launcher();
  if (!(await launcher.hasLeftovers(flags.home))) return;
  out.note('The engine does not run, but what it started does; it is started to end that in order.');
  await launcher.start({ home: flags.home, settings: {} }, signal);
}

async function removeWhole({ out, signal }: Session, api: Api, { application, environment }: EnvironmentView): Promise<void> {
  const plan = await api.call('change.remove_plan', { application, environment });
  let deployment = await api.call('change.apply', { plan_id: plan.plan_id }, randomText(20)).catch((thrown: unknown) => {
    throw withPlan(thrown, plan);
  });
  while (deployment.outcome === undefined) {
    await systemClock.sleep(100, signal);
    deployment = await api.call('deployments.get', { id: deployment.id });
  }
  if (deployment.outcome !== 'succeeded')
    throw new CodeError('deployment_ended', `${deployment.id} ${deployment.outcome}: ${deployment.reason ?? 'no reason given'}`, {
      hint: 'Look with "codectl status", then try again.',
    });
  out.note(`${application} in ${environment}: removed`);
}

async function runs({ world, flags, signal }: Session): Promise<boolean> {
  // A daemon elsewhere is there or says why not; only the one of this machine may be absent.
  return flags.host !== undefined || (await world.launcher()).isRunning(flags.home, signal);
}

async function untilGone(session: Session): Promise<void> {
  const { world, flags, signal } = session;
  if (flags.host !== undefined) return;
  const deadline = performance.now() + patience;
  const launcher = await world.launcher();
  while (!(await launcher.hasEnded(flags.home))) {
    if (performance.now() > deadline)
      throw new CodeError('timed_out', `The daemon has not ended within ${patience / 1000}s.`, { hint: 'Read daemon.log in its home.' });
    await systemClock.sleep(50, signal);
  }
}
