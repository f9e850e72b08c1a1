// The load that a certification sends by itself: to one route of the application, through the gateway.
import type { LoadPlan } from '../../../model/proving/scenario.ts';
import type { OwnCall } from '../../../proving/certificate/own.ts';
import type { RollbackCall } from '../../../proving/certificate/rollback.ts';
import { openLoadEngine } from '../../../proving/load/ours.ts';
import type { LookRequest } from '../../../surfaces/cli/certify/certifying.ts';
import type { TargetView } from '../../../surfaces/cli/prove/answers.ts';
import { doorOf, routeOf } from '../load.ts';

export function loadCall(call: OwnCall, { route, path, target: given, id }: LookRequest): RollbackCall {
  const target = given as TargetView;
  const asked = routeOf({ route, path }, target);
  const fitting = target.routes.filter(({ host, path: root }) => host === asked.host && asked.path.startsWith(root));
  const service = fitting.toSorted((a, b) => b.path.length - a.path.length)[0]?.service ?? '';
  const plan: LoadPlan = {
    target: doorOf(target, asked.host),
    requests: [{ name: `GET ${asked.path}`, method: 'GET', path: asked.path, route: asked.host }],
    seed: id.length,
    keepAlive: true,
    timeout: 10_000,
    connections: 1_024,
    workers: 1,
  };
  const releases = Object.fromEntries(target.services.map((one) => [one.service, one.release]));
  return { ...call, open: openLoadEngine, plan, releases, service };
}
