// What people do with secrets: set, list, remove, rotate. Each is told as an event, without a value.
import { CodeError } from '../../base/errors.ts';
import { shortestHidden } from '../../base/redactor.ts';
import type { EventKind } from '../../model/event.ts';
import type { Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { SecretFacts } from '../../model/secrets/secret.ts';
import { secretProblem } from '../../model/secrets/secret.ts';
import type { NewSecret, Rotation, Secrets } from '../../ports/secrets.ts';
import type { EnginePorts } from '../ports.ts';

export interface KnownSecret extends SecretFacts {
  /** Live services of its environment that name it. */
  readonly usedBy: readonly string[];
}

export interface SetSecret extends KnownSecret {
  readonly warnings: readonly string[];
}

export class SecretBook {
  readonly #ports: EnginePorts;

  constructor(ports: EnginePorts) {
    this.#ports = ports;
  }

  /** Errors: `input_invalid`, and those of `Secrets.set`. */
  async set(secret: NewSecret): Promise<SetSecret> {
    const problem = secretProblem(secret.value);
    if (problem !== undefined) throw new CodeError('input_invalid', `The value of ${secret.name} cannot be kept: ${problem}.`);
    const facts = await this.#secrets.set(secret);
    await this.#told('secret.set', facts, `${secret.by} set ${facts.name} (version ${facts.version})`);
    const short = secret.value.trim().length < shortestHidden;
    return {
      ...(await this.#known(facts)),
      warnings: short ? [`${facts.name} has fewer than ${shortestHidden} characters: output that shows it is not hidden`] : [],
    };
  }

  async list({ application, environment }: Partial<Scope>): Promise<readonly KnownSecret[]> {
    const all = (await this.#ports.secrets?.list()) ?? [];
    const fitting = all.filter(
      ({ scope }) =>
        (application === undefined || scope.application === application) &&
        (environment === undefined || scope.environment === environment),
    );
    return Promise.all(fitting.map((one) => this.#known(one)));
  }

  /** `force`: though live services name it, whose instances can then not be started again. Errors: `secret_unknown`, `write_conflict`. */
  async remove(scope: Scope, name: string, by: string, force: boolean): Promise<SecretFacts> {
    const users = await this.#usersOf(scope, name);
    if (users.length > 0 && !force)
      throw new CodeError('write_conflict', `${name} is needed by ${users.join(', ')} in ${scopeKey(scope)}.`, {
        hint: 'Deploy without it first, or add --force: their instances could then not be started again.',
      });
    const facts = await this.#secrets.remove(scope, name, by);
    await this.#told('secret.removed', facts, `${by} removed ${name}`);
    return facts;
  }

  rotate(): Promise<Rotation> {
    return this.#secrets.rotate();
  }

  get #secrets(): Secrets {
    if (this.#ports.secrets) return this.#ports.secrets;
    throw new CodeError('unsupported', 'This engine has no secret store.');
  }

  async #known(facts: SecretFacts): Promise<KnownSecret> {
    return { ...facts, usedBy: await this.#usersOf(facts.scope, facts.name) };
  }

  async #usersOf(scope: Scope, name: string): Promise<readonly string[]> {
    const live = await this.#ports.store.get('environment', scopeKey(scope));
    return Object.entries(live?.value.services ?? {}).flatMap(([service, { spec }]) => (spec.secrets.includes(name) ? [service] : []));
  }

  async #told(kind: EventKind, { scope, at }: SecretFacts, message: string): Promise<void> {
    await this.#ports.store.commit([{ op: 'append', event: { at, kind, ...scope, message } }], this.#ports.fence());
  }
}
