// `prove scale`: measures one service at several sizes, by the changes that anybody can make.
import { systemClock } from '../../../base/clock.ts';
import { CodeError } from '../../../base/errors.ts';
import { randomText } from '../../../base/ids.ts';
import type { Api } from '../api.ts';
import type { Given } from '../command.ts';
import type { Session } from '../session.ts';
import type { TargetView } from './answers.ts';
import { limitsFrom, numberOf, scopeOf } from './limits.ts';
import type { ScaleMeans } from './proving.ts';
import { runTrial } from './trial.ts';

const most = 100;
/** Whoever is interrupted puts the size back all the same. */
const restoring = 300_000;
const every = 100;

export async function scale(session: Session, given: Given): Promise<number> {
  const { scale: trial } = await session.world.proving();
  const [, service = ''] = given.arguments;
  const wish = {
    ...limitsFrom(session, given),
    service,
    replicas: rangeOf(given.text('replicas') ?? '1..4'),
    users: numberOf(given, 'users', 500, 0, 100_000),
    means: meansOf(session),
  };
  return runTrial(session, given, trial, wish);
}

/** `1..4`. Errors: `usage`. */
function rangeOf(text: string): { readonly from: number; readonly to: number } {
  const [, first, last] = /^(\d{1,3})\.\.(\d{1,3})$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (from >= 1 && to >= from && to <= most) return { from, to };
  throw new CodeError('usage', `--replicas: ${JSON.stringify(text)} is no range of sizes from 1 to ${most}.`, {
    hint: 'Write it as in 1..4.',
  });
}

function meansOf(session: Session): ScaleMeans {
  return {
    look: async (target) => (await session.api()).call('trials.target', scopeOf(target)),
    endpoints: async (target, service) => {
      const { endpoints } = await (await session.api()).call('endpoints.list', scopeOf(target));
      return endpoints.filter((one) => one.service === service).map((one) => one.instance);
    },
    resize: (target, service, replicas, signal) =>
      apart(session, signal, async (api, waiting) => {
        if (isFollowing(target, service)) {
          await api.call('scale.pause', { ...scopeOf(target), service, at: replicas });
          return;
        }
        const now = await api.call('trials.target', scopeOf(target));
        if (now.services.find((one) => one.service === service)?.replicas === replicas && now.deployment === undefined) return;
        await changeTo(api, target, { [service]: replicas }, waiting);
      }),
    release: (target, service, signal) =>
      apart(session, signal, async (api) => {
        await api.call('scale.resume', { ...scopeOf(target), service });
      }),
  };
}

/** By a connection of its own: that of the session ends with Ctrl-C. Without a signal, for as long as it takes to put things back. */
async function apart(
  session: Session,
  signal: AbortSignal | undefined,
  work: (api: Api, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { createApi } = await import('../api.ts');
  const waiting = signal ?? AbortSignal.timeout(restoring);
  const api = createApi(await session.endpoint(), waiting);
  try {
    await work(api, waiting);
  } finally {
    api.close();
  }
}

/** Planned and applied like every change, and waited for. What still runs for the sake of the same service is waited for first. */
async function changeTo(api: Api, target: TargetView, replicas: Readonly<Record<string, number>>, signal: AbortSignal): Promise<void> {
  await settled(api, target, signal);
  const plan = await api.call('change.scale_plan', { ...scopeOf(target), replicas });
  let deployment = await api.call('change.apply', { plan_id: plan.plan_id, digest: plan.digest }, randomText(20));
  while (deployment.outcome === undefined) {
    await systemClock.sleep(every, signal);
    deployment = await api.call('deployments.get', { id: deployment.id });
  }
  if (deployment.outcome === 'succeeded') return;
  throw new CodeError('deployment_state', `${deployment.id}, which was to change the size, ended ${deployment.outcome}.`, {
    hint: `See "codectl history" for why, and "codectl scale" to put it right.`,
  });
}

async function settled(api: Api, target: TargetView, signal: AbortSignal): Promise<void> {
  while ((await api.call('trials.target', scopeOf(target))).deployment !== undefined) await systemClock.sleep(every, signal);
}

function isFollowing({ services }: TargetView, service: string): boolean {
  return services.some((one) => one.service === service && one.scale !== undefined);
}
