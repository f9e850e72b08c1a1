// What a plan says of secrets: none may be missing, and what was changed since the live instances were started is told.
import { CodeError } from '../../base/errors.ts';
import type { Scope } from '../../model/instance.ts';
import { replicaSetId, scopeKey } from '../../model/instance.ts';
import type { Plan, ServiceChange } from '../../model/plan.ts';
import type { SecretFacts } from '../../model/secrets/secret.ts';
import type { EnginePorts } from '../ports.ts';
import { missingError } from './values.ts';

type Planned = Pick<Plan, 'scope' | 'runtime' | 'changes'>;
type Parts = Pick<EnginePorts, 'secrets' | 'runtimes'>;

/** For the runtime to say what runs. */
const patience = 10_000;

/** Warnings for the plan. Errors: `secret_missing`; `unsupported` without a secret store; `runtime_unavailable` where what runs would have to be known. */
export async function secretWarnings(parts: Parts, { scope, runtime, changes }: Planned): Promise<readonly string[]> {
  const named = changes.filter(({ to }) => (to?.spec.secrets.length ?? 0) > 0);
  if (named.length === 0) return [];
  if (!parts.secrets) throw new CodeError('unsupported', `This engine has no secret store: ${serviceNames(named)} cannot have secrets.`);
  const known = new Map((await parts.secrets.list()).filter((one) => isIn(scope, one)).map((one) => [one.name, one]));
  refuseMissing(scope, named, known);
  return changedSince(parts, { scope, runtime, changes: named }, known);
}

function refuseMissing(scope: Scope, named: readonly ServiceChange[], known: ReadonlyMap<string, SecretFacts>): void {
  const lacking = named.filter(({ to }) => to?.spec.secrets.some((name) => !known.has(name)));
  const missing = new Set(lacking.flatMap(({ to }) => to?.spec.secrets.filter((name) => !known.has(name)) ?? []));
  if (missing.size > 0)
    throw missingError(
      scope,
      [...missing],
      lacking.map(({ service }) => service),
    );
}

/** Of services whose instances stay as they are: all others are started anew, with the newest values. */
async function changedSince(
  { runtimes }: Parts,
  { scope, runtime, changes }: Planned,
  known: ReadonlyMap<string, SecretFacts>,
): Promise<readonly string[]> {
  const staying = changes.filter(({ from, to }) => from && from.release === to?.release && from.generation === to.generation);
  if (staying.length === 0) return [];
  const instances = (await runtimes.get(runtime)?.observe(scope, AbortSignal.timeout(patience))) ?? [];
  return staying.flatMap(({ service, to }) => {
    const own = instances.filter((one) => one.state === 'running' && one.replicaSet.startsWith(replicaSetId(scope, `${service}@`)));
    const changed = (to?.spec.secrets ?? []).filter((name) => own.some((one) => one.startedAt < (known.get(name)?.at ?? 0)));
    return changed.map(
      (name) => `${service}: ${name} was changed after instances were started; "codectl restart ${service}" gives it to them`,
    );
  });
}

function isIn(scope: Scope, one: SecretFacts): boolean {
  return scopeKey(one.scope) === scopeKey(scope);
}

function serviceNames(changes: readonly ServiceChange[]): string {
  return changes.map(({ service }) => service).join(', ');
}
