// `prove scale`: from a wish and what is deployed to a service whose size is changed, and from the record to what is told.
import { availableParallelism } from 'node:os';
import { systemClock } from '../../base/clock.ts';
import { CodeError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest.ts';
import { Random } from '../../base/random.ts';
import { quantileOf } from '../../decide/prove/buckets.ts';
import { scaleFigures } from '../../decide/prove/figures/scale.ts';
import { scalePlan } from '../../decide/prove/stress/sizes.ts';
import type { Figures } from '../../model/proving/figure.ts';
import { openLoadEngine } from '../../proving/load/ours.ts';
import type { ScaleOutcome } from '../../proving/scale/scale.ts';
import { scaleTrial } from '../../proving/scale/scale.ts';
import type { ScaleSite } from '../../proving/scale/site.ts';
import { glanceText } from '../../proving/stress/show.ts';
import type { TargetView } from '../../surfaces/cli/prove/answers.ts';
import type { ScaleWish, Trial, TrialCall } from '../../surfaces/cli/prove/proving.ts';
import { loadPlanOf, profileOf } from './limits.ts';
import { routeOf } from './load.ts';

/** A change of the size takes its rollout, with probes and bake. */
const resizing = 90_000;

export const scale: Trial<ScaleWish> = {
  kind: 'scale',
  plan: (wish, target) => {
    const profile = profileOf(wish.profile);
    const { replicas, scale: follows } = serviceOf(wish, target);
    const { host, path } = routeTo(wish, target);
    const { from, to } = wish.replicas;
    const { rounds, lasts, users, follow } = scalePlan(profile, wish.replicas, new Random(wish.seed));
    return {
      profile,
      touches: [
        `${wish.service}: ${from} to ${to} replicas in turn, and ${follows ? 'its load decides again' : `${replicas} again`} afterwards`,
        `${host}${path}: as many requests as ${16 * to} users without a pause get answers to, through the gateway at ${target.door}`,
        ...(wish.users > 0 ? [`${host}${path}: ${wish.users} users at once for ${users / 1000} s`] : []),
      ],
      lasts: rounds.length * (lasts + resizing) + users + resizing + (follows ? 2 * follow : 0) + 60_000,
      seed: wish.seed,
    };
  },
  run: async (wish, call) => {
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(call.plan.lasts)]);
    const { host, path } = routeTo(wish, call.target);
    const engine = openLoadEngine(loadPlanOf({ ...wish, route: host, path }, call.target));
    const { directory, progress } = call;
    const glance: Parameters<typeof scaleTrial>[1]['glance'] = (name, lasts, seen) => call.glance(glanceText(name, { lasts }, seen));
    try {
      const whole = { profile: profileOf(wish.profile), seed: wish.seed, replicas: wish.replicas, users: wish.users };
      const site = siteOf(wish, call);
      const outcome = await scaleTrial(whole, { engine, site, clock: systemClock, directory, signal, progress, glance });
      const found = scaleFigures({ 'scale.json': outcome.run, ...outcome.phases });
      return { verdict: outcome.verdict, ...found, exhibits: outcome.exhibits, table: tableOf(outcome), notes: notesOf(outcome, found) };
    } finally {
      await engine.close();
    }
  },
};

function siteOf({ service, means, usage }: ScaleWish, { target }: TrialCall): ScaleSite {
  const { replicas, scale: follows } = serviceOf({ service }, target);
  return {
    service,
    follows: follows !== undefined,
    cores: availableParallelism(),
    look: async (withUsage, signal) => {
      const [now, used] = await Promise.all([means.look(target, signal), withUsage ? usage(target, signal) : {}]);
      const found = serviceOf({ service }, now);
      return { replicas: found.replicas, ready: found.instances.filter((one) => one.ready).map(({ id }) => id), used };
    },
    endpoints: (signal) => means.endpoints(target, service, signal),
    resize: (wanted, signal) => means.resize(target, service, wanted, signal),
    release: (signal) => means.release(target, service, signal),
    restore: () => (follows ? means.release(target, service, undefined) : means.resize(target, service, replicas, undefined)),
  };
}

type Service = TargetView['services'][number];

/** Errors: `usage`. */
function serviceOf({ service }: { readonly service: string }, { application, services }: TargetView): Service {
  const found = services.find((one) => one.service === service);
  if (found) return found;
  const names = services.map((one) => one.service);
  throw new CodeError('usage', `${application} has no service "${service}"${didYouMean(service, names)}.`, {
    hint: `It has ${names.join(', ')}.`,
  });
}

/** A route that leads to the service itself: through another one, that one's limits would be measured. Errors: `usage`. */
function routeTo(wish: ScaleWish, target: TargetView): { readonly host: string; readonly path: string } {
  const first = target.routes.find((one) => one.service === wish.service && (wish.route === undefined || one.host === wish.route));
  if (first === undefined)
    throw new CodeError('usage', `No route leads to ${wish.service}${wish.route === undefined ? '' : ` at ${wish.route}`}.`, {
      hint: 'A scale trial asks the service itself. Give it a route in code.yaml, or name another service.',
    });
  return routeOf({ route: first.host, path: wish.path ?? first.path }, target);
}

function tableOf({ run, phases }: ScaleOutcome) {
  const rows = run.steps.map(({ kind, exhibit, replicas }) => {
    const phase = phases[exhibit];
    if (phase === undefined) return [kind, String(replicas), '', '', '', ''];
    const p99 = phase.succeeded === 0 ? '' : `${(quantileOf(phase.latency, 0.99) / 1000).toFixed(1)} ms`;
    const rate = ((phase.succeeded * 1000) / Math.max(1, phase.lasted)).toFixed(0);
    const users = phase.arrivals.kind === 'users' ? String(phase.arrivals.users) : '';
    return [kind, String(replicas), users, rate, p99, phase.generator.kept ? '' : `not measured: ${phase.generator.because}`];
  });
  return { head: ['ROUND', 'REPLICAS', 'USERS', 'A SECOND', 'P99', ''], rows };
}

function notesOf({ run }: ScaleOutcome, { figures, unmeasured }: Figures): readonly string[] {
  const known = figures
    .filter((one) => one.id.startsWith('scalability.'))
    .map(({ id, estimate, lower, upper, unit }) =>
      lower === upper ? `${id} ${short(estimate)} ${unit}` : `${id} ${short(estimate)} ${unit} [${short(lower)}, ${short(upper)}]`,
    );
  return [
    ...known,
    ...unmeasured.map(({ id, because }) => `${id} not measured: ${because}`),
    ...(run.stopped === undefined ? [] : [`Stopped early: ${run.stopped}`]),
  ];
}

const short = (value: number) => String(Number(value.toPrecision(4)));
