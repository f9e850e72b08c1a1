// A rollback under load, and the way back: two real deployments, with requests on schedule beside them; and whether the gateway counts what is sent.
import { systemClock } from '../../base/clock.ts';
import type { LoadPhase, PhaseExhibit } from '../../model/proving/load.ts';
import type { LoadPlan } from '../../model/proving/scenario.ts';
import type { Exhibit } from '../../model/proving/trial.ts';
import { writeExhibit } from '../evidence.ts';
import type { OpenLoadEngine } from '../load/engine.ts';
import type { Ask, OwnCall } from './own.ts';

/** Whoever is slower than that is not waited for. */
const longest = 10 * 60_000;
/** In the few seconds that a rollback takes, enough requests to bound their errors below 1 %. */
const rate = 200;
const look = 250;
const counting = 4_000;

interface Deployment {
  readonly id: string;
  readonly outcome?: string;
  readonly duration_ms?: number;
}
interface Move {
  readonly deployment: string;
  readonly outcome: string;
  readonly ms: number;
  /** What is live afterwards is what was meant to be. */
  readonly live: boolean;
}

export interface RollbackCall extends OwnCall {
  readonly open: OpenLoadEngine;
  /** Requests to a route of the application. */
  readonly plan: LoadPlan;
  readonly releases: Readonly<Record<string, string>>;
  /** The service whose route is asked for. */
  readonly service: string;
}

/** Back to the release set before, and forward again to what was live. Errors: those of the engine. */
export async function rollBackUnderLoad(call: RollbackCall): Promise<readonly Exhibit[]> {
  const { ask, target, directory, signal } = call;
  const scope = { application: target.application, environment: target.environment };
  const now = await newest(ask, scope);
  const back = await planned(ask, 'change.rollback_plan', scope);
  if ('because' in back || now === undefined) {
    const because = 'because' in back ? back.because : 'nothing was deployed';
    return [await writeExhibit(directory, 'rollback.json', { format: 'rollback/1', because, moves: [] })];
  }
  const load = startLoad(call);
  try {
    const moves = [await move(ask, back.plan_id, signal, undefined)];
    const forth = await planned(ask, 'change.rollback_plan', { ...scope, to: now });
    if (!('because' in forth)) moves.push(await move(ask, forth.plan_id, signal, () => sameReleases(ask, call)));
    return [
      await writeExhibit(directory, 'rollback.json', { format: 'rollback/1', moves }),
      await writeExhibit(directory, 'phases/rollback.json', await load.end()),
    ];
  } finally {
    await load.close();
  }
}

/** A few seconds of load on a service that nothing else moves, and the gateway's counter before and after. */
export async function countRequests(call: RollbackCall): Promise<readonly Exhibit[]> {
  const { ask, target, directory, signal, open, plan, service } = call;
  const engine = open(plan);
  try {
    const before = await countedOf(ask, service, target);
    const phase = await engine.run({ name: 'count', arrivals: { kind: 'constant', rate }, lasts: counting }, signal);
    const after = await countedOf(ask, service, target);
    const seen = before === undefined || after === undefined ? {} : { counted: Math.max(0, after - before) };
    return [
      await writeExhibit(directory, 'count.json', { format: 'count/1', ...seen }),
      await writeExhibit(directory, 'phases/count.json', phase),
    ];
  } finally {
    await engine.close();
  }
}

function startLoad({ open, plan, signal }: RollbackCall): { end(): Promise<PhaseExhibit>; close(): Promise<void> } {
  const ending = new AbortController();
  const engine = open(plan);
  const phase: LoadPhase = { name: 'rollback', arrivals: { kind: 'constant', rate }, lasts: longest };
  const running = engine.run(phase, AbortSignal.any([signal, ending.signal]));
  // Whoever does not wait for it any more does not want to hear of it.
  running.catch(() => undefined);
  return {
    end: () => {
      ending.abort();
      return running;
    },
    close: () => {
      ending.abort();
      return engine.close();
    },
  };
}

async function move(ask: Ask, plan: string, signal: AbortSignal, isLive: (() => Promise<boolean>) | undefined): Promise<Move> {
  const started = performance.now();
  const { id } = (await ask('change.apply', { plan_id: plan })) as Deployment;
  for (;;) {
    const { outcome } = (await ask('deployments.get', { id })) as Deployment;
    const ms = Math.round(performance.now() - started);
    if (outcome !== undefined) return { deployment: id, outcome, ms, live: isLive === undefined || (await isLive()) };
    if (ms > longest || signal.aborted) return { deployment: id, outcome: 'inconclusive', ms, live: false };
    await systemClock.sleep(look, signal).catch(() => undefined);
  }
}

async function planned(ask: Ask, operation: string, input: object): Promise<{ readonly plan_id: string } | { readonly because: string }> {
  try {
    return (await ask(operation, { ...input })) as { readonly plan_id: string };
  } catch (thrown) {
    return { because: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

async function newest(ask: Ask, scope: object): Promise<string | undefined> {
  const { deployments } = (await ask('deployments.list', { ...scope })) as { readonly deployments: readonly Deployment[] };
  return deployments.find(({ outcome }) => outcome === 'succeeded')?.id;
}

async function sameReleases(ask: Ask, { target: { application, environment }, releases }: RollbackCall): Promise<boolean> {
  const { services } = (await ask('trials.target', { application, environment })) as {
    readonly services: readonly { readonly service: string; readonly release: string }[];
  };
  return services.length === Object.keys(releases).length && services.every(({ service, release }) => releases[service] === release);
}

interface Routes {
  readonly routes: readonly { readonly service: string; readonly releases: readonly { readonly requests: number }[] }[];
}

/** By the gateway, of the releases in its table. */
async function countedOf(ask: Ask, service: string, { application, environment }: OwnCall['target']): Promise<number | undefined> {
  const { routes } = (await ask('traffic.routes', {})) as Routes;
  const found = routes.find((one) => one.service === `${application}/${environment}/${service}`);
  return found?.releases.reduce((sum, { requests }) => sum + requests, 0);
}
