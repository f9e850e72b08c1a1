// `prove load`: from a wish and what is deployed to a plan for the generator, and from its exhibit to what is told.
import { CodeError } from '../../base/errors.ts';
import type { LoadPhase } from '../../model/proving/load.ts';
import type { LoadPlan, LoadTarget } from '../../model/proving/scenario.ts';
import { openLoadEngine } from '../../proving/load/ours.ts';
import { loadTrial, notesOf, rowsHead, rowsOf, workersFor } from '../../proving/load/trial.ts';
import type { TargetView } from '../../surfaces/cli/prove/answers.ts';
import type { LoadWish, Trial } from '../../surfaces/cli/prove/proving.ts';

export const load: Trial<LoadWish> = {
  kind: 'load',
  plan: (wish, target) => {
    const { host, path } = routeOf(wish, target);
    const count = wish.arrivals.kind === 'users' ? `${wish.arrivals.users} users` : arrivalsText(wish.arrivals);
    return {
      profile: wish.arrivals.kind,
      touches: [`${count} for ${wish.lasts / 1000} s at ${host}${path}, through the gateway at ${target.door}`],
      // What is still out when its time is over is waited for.
      lasts: wish.lasts + wish.timeout,
      seed: wish.seed,
    };
  },
  run: async (wish, { target, directory, signal, glance }) => {
    const phase: LoadPhase = { name: 'load', arrivals: wish.arrivals, lasts: wish.lasts };
    const {
      phase: found,
      exhibit,
      verdict,
    } = await loadTrial(openLoadEngine, planOf(wish, target, phase), phase, { directory, signal, glance });
    return {
      verdict,
      figures: [],
      unmeasured: [],
      exhibits: [exhibit],
      table: { head: rowsHead, rows: rowsOf(found) },
      notes: notesOf(found),
    };
  },
};

function planOf(wish: LoadWish, target: TargetView, phase: LoadPhase): LoadPlan {
  const { host, path } = routeOf(wish, target);
  const { seed, keepAlive, timeout, connections, workers = workersFor(phase) } = wish;
  const request = { name: `GET ${path}`, method: 'GET', path, route: host };
  return { target: doorOf(target, host), requests: [request], seed, keepAlive, timeout, connections, workers };
}

interface Asked {
  readonly host: string;
  readonly path: string;
}

/** Errors: `usage` for what is no route of the application: nothing else is ever a target. */
export function routeOf({ route, path }: Pick<LoadWish, 'route' | 'path'>, { application, routes }: TargetView): Asked {
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

function arrivalsText(arrivals: Exclude<LoadPhase['arrivals'], { readonly kind: 'users' }>): string {
  switch (arrivals.kind) {
    case 'constant':
      return `${arrivals.rate} requests a second`;
    case 'poisson':
      return `${arrivals.rate} requests a second on average`;
    case 'ramp':
      return `${arrivals.from} to ${arrivals.to} requests a second`;
    case 'spike':
      return `${arrivals.base} requests a second with a spike of ${arrivals.peak}`;
    case 'sine':
      return `${arrivals.base} ± ${arrivals.amplitude} requests a second`;
    case 'replay':
      return `${Math.max(...arrivals.rates)} requests a second at most, as recorded`;
  }
}
