// `--wait-for-lock`: begins a change only when no other deployment of the environment is under way, instead of taking over from it.
import { systemClock } from '../../../base/clock.ts';
import { CodeError, hasCode } from '../../../base/errors.ts';
import { formatDuration, parseDuration } from '../../../base/units.ts';
import type { PlanView } from '../api.ts';
import type { Given } from '../command.ts';
import type { Session } from '../session.ts';
import { carryOut } from './carry-out.ts';
import { show } from './plan-view.ts';

export interface Where {
  readonly application: string;
  readonly environment: string;
}

const askEvery = 500;

/** Shows or carries out the plan that `plan` makes; with `--wait-for-lock`, in its turn. */
export async function inTurn(session: Session, given: Given, where: Where, plan: () => Promise<PlanView>): Promise<number> {
  if (given.flag('plan')) return show(session, await plan());
  const patience = patienceOf(given);
  if (patience === undefined) return carryOut(session, await plan(), given);
  const deadline = performance.now() + patience;
  for (;;) {
    await untilFree(session, where, deadline);
    try {
      return await carryOut(session, await plan(), given);
    } catch (thrown) {
      // Somebody else was faster; what is live by then is what the next plan is made for.
      if (!hasCode(thrown, 'plan_drifted') || performance.now() > deadline) throw thrown;
    }
  }
}

/** Errors: `usage`. */
function patienceOf(given: Given): number | undefined {
  const text = given.text('waitForLock');
  if (text === undefined) return undefined;
  const patience = parseDuration(text);
  if (patience !== undefined) return patience;
  throw new CodeError('usage', `--wait-for-lock: ${JSON.stringify(text)} is not a duration.`, { hint: 'Write it as 90s, 10m or 1h.' });
}

/** A lock that a person holds is not waited for: the change that follows is refused with its message. Errors: `timed_out`. */
async function untilFree(session: Session, { application, environment }: Where, deadline: number): Promise<void> {
  const api = await session.api();
  let told: string | undefined;
  for (;;) {
    const { environments } = await api.call('apps.status', { application, environment });
    const [found] = environments;
    const running = found?.deployment;
    if (!running || found.lock) return;
    if (performance.now() > deadline)
      throw new CodeError('timed_out', `${running.id} is still under way; nothing was changed.`, {
        hint: `Wait longer, or deploy without --wait-for-lock to take over from it; "codectl abort ${running.id}" turns it round.`,
      });
    if (told !== running.id) session.out.aside(`waiting for ${running.id}, up to ${formatDuration(deadline - performance.now())} …`);
    told = running.id;
    await systemClock.sleep(askEvery, session.signal);
  }
}
