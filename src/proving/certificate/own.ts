// What a certification looks at by itself, beside the trials: who answers, what is shipped, what was changed behind the engine's back.
import type { Exhibit } from '../../model/proving/trial.ts';
import { outboundTo } from '../../platform/guard/network/outbound.ts';
import { call } from '../../platform/http/call.ts';
import { writeExhibit } from '../evidence.ts';

/** The operations of the engine, as whoever runs the trial may call them. */
export type Ask = (operation: string, input: Readonly<Record<string, unknown>>, idempotencyKey?: string) => Promise<unknown>;

export interface OwnTarget {
  readonly application: string;
  readonly environment: string;
  readonly door: string;
  readonly secure_door?: string | undefined;
  readonly routes: readonly { readonly host: string; readonly path: string; readonly service: string; readonly tls: boolean }[];
  readonly services: readonly { readonly service: string; readonly needs: readonly string[]; readonly probe_path?: string | undefined }[];
}

export interface OwnCall {
  readonly target: OwnTarget;
  readonly directory: string;
  readonly ask: Ask;
  readonly signal: AbortSignal;
}

const patience = 10_000;

/** Every route by its host, and every service that another one needs by its own address: whatever says anything but "nobody is there" counts. */
export async function lookAtReach({ target, directory, ask, signal }: OwnCall): Promise<Exhibit> {
  const { application, environment, services, routes } = target;
  const scope = { application, environment };
  const doors = routes.map(({ host, path, tls, service }) => {
    const secure = tls && target.secure_door !== undefined;
    // A path below which nothing needs to be is asked for where a service says it is ready.
    const probe = services.find((one) => one.service === service)?.probe_path;
    const asked = probe?.startsWith(path) ? probe : path;
    const url = `http://${reachable(target.door)}${asked}`;
    return { what: `route ${host}${path}`, url, host, redirected: secure };
  });
  const known = (await ask('endpoints.list', scope)) as {
    readonly services: readonly { readonly service: string; readonly url: string }[];
  };
  const needs = services.flatMap(({ service, needs: wanted }) =>
    wanted.flatMap((need) => {
      const found = known.services.find((one) => one.service === need);
      const path = services.find((one) => one.service === need)?.probe_path ?? '/';
      return [{ what: `${service} needs ${need}`, url: found && `${found.url}${path}`, host: undefined, redirected: false }];
    }),
  );
  const asked = [];
  for (const { what, url, host } of [...doors, ...needs]) asked.push({ what, ...(await answerOf(url, host, signal)) });
  return writeExhibit(directory, 'reach.json', { format: 'reach/1', asked });
}

/** 502, 503 and 504 are the gateway's words for nobody. */
async function answerOf(url: string | undefined, host: string | undefined, signal: AbortSignal) {
  if (url === undefined) return { answered: false, seen: 'it has no address' };
  const headers = host === undefined ? {} : { headers: { host } };
  const seen = await call({ method: 'GET', url, ...headers, timeout: patience }, outboundTo(['127.0.0.0/8', '::1/128']), signal);
  if (seen.kind === 'broken') return { answered: false, seen: seen.because };
  return { answered: ![502, 503, 504].includes(seen.status), seen: `status ${seen.status}` };
}

function reachable(door: string): string {
  return door.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
}

interface Scan {
  readonly state: string;
  readonly services: readonly {
    readonly state: string;
    readonly findings: readonly { readonly severity?: { readonly rating: string } }[];
    readonly ecosystems: readonly { readonly components: number; readonly because?: string; readonly as_of?: string }[];
    readonly unmeasured: readonly unknown[];
  }[];
}
interface Exposed {
  readonly state: string;
  readonly services: readonly { readonly state: string; readonly files: number; readonly findings: readonly unknown[] }[];
}

/** Of what is live, by the database of advisories that this engine has. */
export async function lookAtSupply({ target: { application, environment }, directory, ask }: OwnCall): Promise<Exhibit> {
  const scan = (await ask('security.scan', { application, environment })) as Scan;
  const exposed = (await ask('security.secrets', { application, environment })) as Exposed;
  const parts = scan.services.flatMap(({ ecosystems }) => ecosystems);
  const packages = parts.reduce((sum, { components }) => sum + components, 0);
  const dated = parts.flatMap(({ as_of }) => as_of ?? []).sort()[0];
  const critical = scan.services.flatMap(({ findings }) => findings).filter(({ severity }) => severity?.rating === 'critical').length;
  const because = parts.flatMap((one) => one.because ?? [])[0] ?? 'no database of advisories is there (advisories in the settings)';
  const measured = scan.state !== 'not_measured';
  return writeExhibit(directory, 'supply.json', {
    format: 'supply/1',
    packages: Math.max(packages, scan.services.length),
    files: exposed.services.reduce((sum, one) => sum + one.files, 0),
    ...(measured && { critical }),
    ...(exposed.state !== 'not_measured' && { secrets: exposed.services.reduce((sum, one) => sum + one.findings.length, 0) }),
    ...(dated !== undefined && { database: dated }),
    ...(!measured && { because }),
  });
}

interface Status {
  readonly environments: readonly { readonly drift: readonly { readonly kind: string; readonly state: string }[] }[];
}

/** `replay`: a change that is asked for twice with one key. */
export async function lookAtUpkeep({ target: { application, environment }, directory, ask }: OwnCall, key: string): Promise<Exhibit> {
  const scope = { application, environment };
  const { environments } = (await ask('apps.status', scope)) as Status;
  const wish = { ...scope, kind: 'certification', profile: 'replay', touches: [] };
  const plans = [await ask('trials.plan', wish, key), await ask('trials.plan', wish, key)] as readonly { readonly plan_id: string }[];
  return writeExhibit(directory, 'upkeep.json', {
    format: 'upkeep/1',
    environments: environments.length,
    drift: environments.flatMap(({ drift }) => drift.map(({ kind, state }) => ({ kind, state }))),
    replayed: plans[0]?.plan_id !== undefined && plans[0].plan_id === plans[1]?.plan_id,
  });
}
