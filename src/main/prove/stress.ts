// `prove stress`: from a wish and what is deployed to a trial, and from its record to what is told.
import { announcedLasts, chaosScale } from '../../decide/prove/stress/plan.ts';
import { openLoadEngine } from '../../proving/load/ours.ts';
import { toldOf } from '../../proving/stress/told.ts';
import { stressTrial } from '../../proving/stress/trial.ts';
import type { StressWish, Trial } from '../../surfaces/cli/prove/proving.ts';
import { chaosTrial } from './chaos.ts';
import { chaosWish, injectAll } from './chaos-phase.ts';
import { limitsOf, loadPlanOf, profileOf } from './limits.ts';
import { routeOf } from './load.ts';

export const stress: Trial<StressWish> = {
  kind: 'stress',
  plan: (wish, target) => {
    const { host, path } = routeOf(wish, target);
    const profile = profileOf(wish.profile);
    limitsOf(wish.abortOn);
    const faults = chaosTrial.plan(chaosWish(wish, { rate: 1, scale: chaosScale(profile) }), target);
    const replicas = target.services.map(
      ({ service, replicas: count }) => `${service}: ${count} replica${count === 1 ? '' : 's'}, beyond what they can carry`,
    );
    return {
      profile,
      touches: [
        `${host}${path}: as many requests a second as it takes to break it, ${wish.most} at most, through the gateway at ${target.door}`,
        ...replicas,
        ...faults.touches.filter((one) => !one.includes('requests/s')),
        'whatever else the gateway and this machine serve: they are busy with it',
      ],
      lasts: announcedLasts(profile, wish) + faults.lasts,
      seed: wish.seed,
    };
  },
  run: async (wish, call) => {
    const { target, directory, progress, glance } = call;
    // Longer than it was announced, nobody has leave to go on.
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(call.plan.lasts)]);
    const trial = await stressTrial(
      { ...wish, profile: profileOf(wish.profile) },
      {
        engine: openLoadEngine(loadPlanOf(wish, target)),
        limits: limitsOf(wish.abortOn),
        home: target.home,
        usage: () => wish.usage(target, signal),
        chaos: { run: (order) => injectAll(chaosWish(wish, order), { ...call, signal }) },
        directory,
        signal,
        progress,
        glance,
      },
    );
    return toldOf(trial, directory);
  },
};
