// What a wish is refused for before a plan is made of it: sizes that nobody may set, release sets that are not there.
import { CodeError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import { own } from '../base/plain-document.ts';
import { endsByItself } from '../model/completion.ts';
import type { EnvironmentState, ReleaseSet, ServiceTarget } from '../model/deployment.ts';
import type { Scope } from '../model/instance.ts';
import { scopeKey } from '../model/instance.ts';

/** What runs to its end has no size, and whoever else sets that of what scales by itself is overruled a second later. */
export function refuseSizes({ services }: EnvironmentState, sizes: Readonly<Record<string, number>>): void {
  const job = Object.keys(sizes).find((service) => endsByItself(own(services, service)?.spec ?? {}));
  if (job !== undefined)
    throw new CodeError('input_invalid', `${job} is a ${services[job]?.spec.kind}: it has no replicas.`, {
      hint: `Run it now with "codectl jobs run ${job}".`,
    });
  const scaled = Object.entries(sizes).find(([service]) => own(services, service)?.spec.scale);
  if (!scaled) return;
  const [service, replicas] = scaled;
  throw new CodeError('unsupported', `${service} scales with its load (scale in the manifest), so its size cannot be set.`, {
    hint: `Run "codectl scale pause ${service} --at ${replicas}", or change scale.min and scale.max and deploy.`,
  });
}

/** The release set that a rollback names; by default the newest that differs from what is live. */
export function findSet(live: EnvironmentState, to: string | undefined): ReleaseSet {
  const releases = (set: Readonly<Record<string, ServiceTarget>>) =>
    Object.values(set)
      .map((one) => one.release)
      .sort()
      .join(' ');
  const earlier = live.history.find((set) => releases(set.services) !== releases(live.services));
  const number = to?.match(/^(?:.*-)?(\d+)$/)?.[1];
  const found =
    to === undefined
      ? earlier
      : live.history.find((set) => String(set.number) === number || Object.values(set.services).some((one) => one.release === to));
  const known = live.history.map((set) => set.number).join(', ');
  if (!found)
    throw new CodeError(
      'release_unknown',
      to === undefined
        ? `${scopeKey(live.scope)} has no earlier release set to go back to.`
        : `${to} is neither a deployment nor a release in the history of ${scopeKey(live.scope)} (deployments ${known}).`,
      { hint: 'Run "codectl history" to see what can be rolled back to.' },
    );
  if (to !== undefined && releases(found.services) === releases(live.services))
    throw new CodeError('rollback_refused', `${to} is what is live already.`, {
      hint: 'Name an earlier deployment; "codectl history" lists them.',
    });
  return found;
}

/** `parts`: what a manifest asks for in vain. Errors: `unsupported`, unless there are none. */
export function refuseUnsupported(parts: readonly string[], where: 'here' | 'there'): void {
  if (parts.length === 0) return;
  throw new CodeError('unsupported', `The manifest asks for what cannot be done ${where}:\n  ${parts.join('\n  ')}`, {
    hint: 'Remove these keys from the manifest, or choose another runtime.',
    details: { unsupported: parts },
  });
}

export function noRuntime(name: string, names: readonly string[]): CodeError {
  return new CodeError('unsupported', `This engine has no runtime called ${name}; it has ${names.join(', ')}${didYouMean(name, names)}`, {
    hint: 'Name one of them as the runtime of the environment: environments: { default: { runtime: NAME } }.',
  });
}

/** Deployments and tasks are named by application, environment and number. Errors: `name_taken`. */
export function refuseSameIds(scope: Scope, other: Scope): void {
  const prefix = ({ application, environment }: Scope) => `${application}-${environment}`;
  if (prefix(scope) !== prefix(other)) return;
  throw new CodeError(
    'name_taken',
    `${scopeKey(scope)} and ${scopeKey(other)} would give their deployments the same ids: ${prefix(scope)}-1.`,
    {
      hint: 'Choose another name for the application or the environment.',
    },
  );
}
