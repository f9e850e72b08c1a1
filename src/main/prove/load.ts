// `prove load`: from a wish and what is deployed to a plan for the generator, and from its exhibits to what is told.
import { CodeError } from '../../base/errors.ts';
import { didYouMean } from '../../base/nearest.ts';
import { loadProfiles, profilePhases } from '../../decide/prove/load-profiles.ts';
import type { Scenario } from '../../decide/prove/scenario/read.ts';
import { readScenario } from '../../decide/prove/scenario/read.ts';
import type { Threshold } from '../../decide/prove/thresholds.ts';
import { readThreshold, thresholdForm } from '../../decide/prove/thresholds.ts';
import type { LoadPhase } from '../../model/proving/load.ts';
import type { LoadFlow, LoadRequest, LoadTarget } from '../../model/proving/scenario.ts';
import { openLoadEngine } from '../../proving/load/ours.ts';
import { arrivalsText, notesOf, rowsHead, rowsOf } from '../../proving/load/show.ts';
import type { LoadCourse } from '../../proving/load/trial.ts';
import { loadTrial, workersFor } from '../../proving/load/trial.ts';
import type { TargetView } from '../../surfaces/cli/prove/answers.ts';
import type { LoadWish, Trial } from '../../surfaces/cli/prove/proving.ts';

export const load: Trial<LoadWish> = {
  kind: 'load',
  plan: (wish, target) => {
    const { phases, plan } = courseOf(wish, target);
    const places = [...plan.requests, ...(plan.flows ?? []).flatMap(({ steps }) => steps)].map(({ route, path }) => `${route}${path}`);
    const shown = [...new Set(places)];
    return {
      profile: wish.profile ?? wish.scenario?.file ?? phases[0]?.arrivals.kind ?? 'load',
      touches: [
        ...phases.map(({ name, arrivals, lasts }) => `${name}: ${arrivalsText(arrivals)} for ${lasts / 1000} s`),
        `at ${shown.slice(0, 5).join(', ')}${shown.length > 5 ? `, and ${shown.length - 5} more` : ''}, through the gateway at ${target.door}`,
      ],
      // What is still out when a phase's time is over is waited for.
      lasts: phases.reduce((sum, one) => sum + one.lasts + wish.timeout, 0),
      seed: wish.seed,
    };
  },
  run: async (wish, { target, directory, signal, progress, glance }) => {
    const found = await loadTrial(openLoadEngine, courseOf(wish, target), { directory, signal, progress, glance });
    return {
      verdict: found.verdict,
      ...found.figures,
      exhibits: found.exhibits,
      table: { head: rowsHead, rows: rowsOf(found.phases) },
      notes: notesOf(found.phases, found.judged),
    };
  },
};

/** Errors: `usage`, and those of the scenario's file. */
function courseOf(wish: LoadWish, target: TargetView): LoadCourse {
  const scenario = wish.scenario && readScenario(wish.scenario.text, wish.scenario.file);
  const phases = phasesOf(wish, scenario);
  const { seed, keepAlive, timeout, connections, workers = workersFor(phases) } = wish;
  const { host, path } = routeOf({ route: wish.route ?? scenario?.route, path: wish.path }, target);
  const common = { target: doorOf(target, host), seed, keepAlive, timeout, connections, workers };
  const thresholds = [...(scenario?.thresholds ?? []), ...wish.expect.map(thresholdOf)];
  if (scenario === undefined)
    return { plan: { ...common, requests: [{ name: `GET ${path}`, method: 'GET', path, route: host }] }, phases, thresholds };
  if (wish.path !== undefined)
    throw new CodeError('usage', '--path is of one request; the scenario says its own.', { hint: 'Leave --path out.' });
  const flows = scenario.flows.map((flow) => placed(flow, host, target));
  return { plan: { ...common, requests: [], flows, data: scenario.data }, phases, thresholds };
}

/** Each step at that route, which must be one of the application's. */
function placed(flow: LoadFlow, host: string, target: TargetView): LoadFlow {
  const at = (step: LoadRequest): LoadRequest => {
    // What stands for a value cannot lead out of where it stands.
    routeOf({ route: host, path: step.path.replaceAll(/[{}]/g, '') }, target);
    return { ...step, route: host };
  };
  const [first, ...others] = flow.steps;
  return { ...flow, steps: [at(first), ...others.map(at)] };
}

function phasesOf({ arrivals, lasts, profile }: LoadWish, scenario: Scenario | undefined): readonly LoadPhase[] {
  if (arrivals !== undefined || lasts !== undefined || (profile === undefined && !scenario?.phases.length))
    return [{ name: 'load', arrivals: arrivals ?? { kind: 'poisson', rate: 100 }, lasts: lasts ?? 10_000 }];
  if (profile === undefined) return scenario?.phases ?? [];
  const phases = profilePhases(profile);
  if (phases !== undefined) return phases;
  throw new CodeError('usage', `There is no profile "${profile}"${didYouMean(profile, loadProfiles)}.`, {
    hint: `Choose one of ${loadProfiles.join(', ')}.`,
  });
}

function thresholdOf(text: string): Threshold {
  const read = readThreshold(text);
  if (read !== undefined) return read;
  throw new CodeError('usage', `--expect: ${JSON.stringify(text)} is not ${thresholdForm}.`);
}

interface Asked {
  readonly host: string;
  readonly path: string;
}

/** Errors: `usage` for what is no route of the application: nothing else is ever a target. */
export function routeOf(
  { route, path }: { readonly route: string | undefined; readonly path: string | undefined },
  { application, routes }: TargetView,
): Asked {
  const [first] = routes;
  if (first === undefined)
    throw new CodeError('usage', `${application} has no route: no request from outside reaches it.`, {
      hint: 'Add routes to a service in code.yaml, and deploy.',
    });
  const host = route ?? first.host;
  const own = routes.filter((one) => one.host === host);
  const wanted = path ?? own[0]?.path ?? '/';
  if (own.some((one) => isBelow(wanted, one.path))) return { host, path: wanted };
  throw new CodeError('usage', `${host}${wanted} is no route of ${application}.`, {
    hint: `It has ${routes.map((one) => `${one.host}${one.path}`).join(', ')}.`,
  });
}

function isBelow(path: string, root: string): boolean {
  const base = root.endsWith('/') ? root : `${root}/`;
  return path.startsWith('/') && !/[^!-~]/.test(path) && (path === root || path.startsWith(base) || path.startsWith(`${root}?`));
}

/** Over TLS where the route has a certificate: without, all that is measured is a redirect. */
export function doorOf({ door, secure_door, routes }: TargetView, host: string): LoadTarget {
  const secure = secure_door !== undefined && routes.some((one) => one.host === host && one.tls);
  const text = secure ? secure_door : door;
  const at = text.lastIndexOf(':');
  const address = text.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  // A door that is open to everybody is reached from here as well.
  const wild = address === '0.0.0.0' || address === '::';
  return { host: wild ? '127.0.0.1' : address, port: Number(text.slice(at + 1)), ...(secure && { secure }) };
}
