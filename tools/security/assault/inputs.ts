// An input that fits, for every operation there is or will be: by what its schema wants, with the names and ids of the house where it wants these.
import type { Schema, Seen } from './api.ts';

/** What is where; ids lead there. */
export interface Place {
  readonly application: string;
  readonly environment: string;
  readonly deployment: string;
  readonly plan: string;
  readonly digest: string;
  readonly task: string;
  readonly instance: string;
}

/** Members that name a thing of a place by an id. */
export const idMembers = ['id', 'plan_id', 'deployment', 'instance'] as const;

/** What no schema can tell. */
const particular: Readonly<Record<string, object>> = {
  'approvals.break_glass': { reason: 'because I say so, all of it' },
  'artifacts.put_blob': { digest: `sha256:${'1'.repeat(64)}` },
  'delivery.commit': { id: '1'.repeat(40) },
  'endpoints.watch': { follow: false },
  'jobs.command': { command: ['true'], detach: true },
  'observe.events': { after: 0, follow: false },
  'observe.logs': { follow: false, tail: 1 },
  'jobs.logs': { follow: false },
  'policy.decide': { operation: 'change.apply' },
  'policy.set': { text: '', dry_run: true },
  'runtime.exec': { command: ['true'] },
  'scale.pause': { at: 1 },
  'secrets.remove': { name: 'TOKEN' },
  'secrets.set': { name: 'TOKEN', value: 'a value' },
  'login.browser': { redirect: 'http://127.0.0.1:1/login/callback' },
  'login.finish': { login: 'x'.repeat(43), query: '' },
  'login.poll': { login: 'x'.repeat(43) },
  'sessions.revoke': { id: 'nobody' },
  'tokens.certify': { id: 'nobody', public_key: 'none' },
  'tokens.rotate': { id: 'nobody' },
  'tokens.create': { name: 'more', effects: ['read'] },
  'tokens.revoke': { id: 'nobody' },
  'change.scale_plan': { replicas: { web: 1 } },
};

export function inputFor({ name, schema }: Seen, place: Place): Readonly<Record<string, unknown>> {
  const named = namesFor(name, place);
  const properties = schema.properties ?? {};
  const wanted = new Set([...(schema.required ?? []), ...['application', 'environment'].filter((one) => one in properties)]);
  // The application would lead there as well: who follows a deployment is asked about that, and who asks what is permitted about the engine.
  if (/^(?:observe\.events|policy\.decide)$/.test(name)) for (const one of ['application', 'environment']) wanted.delete(one);
  const general = [...wanted].map((one) => [one, named[one] ?? valueOf(properties[one] ?? {})]);
  const deployment = name === 'observe.events' ? { deployment: place.deployment } : {};
  return {
    ...Object.fromEntries(general),
    ...deployment,
    ...particular[name],
    ...(name === 'change.plan' ? manifestOf(place) : {}),
  };
}

function namesFor(operation: string, place: Place): Readonly<Record<string, unknown>> {
  const id = operation.startsWith('jobs.') ? place.task : place.deployment;
  return { ...place, id, plan_id: place.plan, service: 'web', message: 'because', digest: place.digest };
}

/** Of an image: nothing has to be uploaded for it. */
function manifestOf({ application, environment }: Place): object {
  return {
    manifest: `application: ${application}\nservices: { web: { image: web:1 } }\nenvironments: { ${environment}: {} }\n`,
    environment,
  };
}

function valueOf({ type, const: only, enum: choices, minimum, default: usual }: Schema): unknown {
  const given = only ?? choices?.[0] ?? usual;
  if (given !== undefined) return given;
  if (type === 'integer' || type === 'number') return minimum ?? 1;
  if (type === 'boolean') return false;
  if (type === 'array') return [];
  return type === 'object' ? {} : 'x';
}
