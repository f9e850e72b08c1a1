// The one door: authenticate → throttle → conceivable? → validate → permit → audit intent → run → audit outcome, once for every surface.
import { z } from 'zod';
import type { Audit } from '../access/audit.ts';
import type { Idempotency } from '../access/idempotency.ts';
import type { Authority, Permission } from '../access/policy/permission.ts';
import type { Action } from '../access/policy/schema.ts';
import type { Throttle } from '../access/throttle.ts';
import { digestOfJson } from '../base/digest.ts';
import { asCodeError, CodeError } from '../base/errors.ts';
import { Redactor } from '../base/redactor.ts';
import { veiledError } from '../engine/secrets/veil.ts';
import type { Principal } from '../model/principal.ts';
import { aboutOf } from './about.ts';
import type { Credential } from './caller.ts';
import { callerOf, isStillKnown, nobody } from './caller.ts';
import type { About, CallOperation, Operation, OperationContext, StreamOperation } from './operation.ts';
import { refusedError } from './refused.ts';
import type { Services } from './services.ts';
import { holdsWords, outsideWords } from './untrusted.ts';

export type { Credential } from './caller.ts';

/** Leave to call one operation, given before its input was read; only one that `authorise` of the same dispatcher made counts. */
export interface Pass {
  readonly kind: 'pass';
  readonly operation: string;
  readonly principal: Principal;
}

export interface Call {
  readonly credential: Credential | Pass;
  /** Repeating a write with the same key and input returns the first answer. */
  readonly idempotencyKey?: string;
  readonly signal: AbortSignal;
  readonly body?: AsyncIterable<Uint8Array>;
}

export interface DispatchOptions {
  readonly catalogue: readonly Operation[];
  readonly services: Services;
  readonly audit: Audit;
  readonly idempotency: Idempotency;
  readonly authority: Pick<Authority, 'conceivable' | 'permit'>;
  readonly throttle: Throttle;
  /** Counts those who are not known, by where they come from; absent: only all of them together. */
  readonly strangers?: Throttle;
  /** What leaves goes through it once more. */
  readonly redactor?: Redactor;
}

export class Dispatcher {
  readonly #options: DispatchOptions;
  readonly #byName: ReadonlyMap<string, Operation>;
  readonly #passes = new WeakSet<Pass>();
  readonly #redactor: Redactor;

  constructor(options: DispatchOptions) {
    this.#options = options;
    this.#redactor = options.redactor ?? new Redactor();
    this.#byName = new Map(options.catalogue.map((one) => [one.name, one]));
  }

  /**
   * Everything that can be refused without looking at the input, so that a surface need not read it from somebody who may not send it.
   * Errors: `operation_unknown`, `unauthenticated`, `rate_limited`, `denied`.
   */
  async authorise(name: string, credential: Credential): Promise<Pass> {
    const operation = this.#find(name);
    // Contents come by the thousand, one call each; their cost is bytes, and who sends them owns the disk they go to.
    // A directory has thousands of small files; what bounds an upload is its size, and whoever has no valid token is counted elsewhere.
    const counted = operation.body !== 'binary';
    const principal = operation.open ? this.#anybody() : await this.#known(credential, counted);
    const pass: Pass = { kind: 'pass', operation: name, principal };
    if (!operation.open) await this.#refuseUnless(await this.#options.authority.conceivable(principal, operation), operation, principal);
    this.#passes.add(pass);
    return pass;
  }

  /** Of these operations those that somebody may call somewhere at all. Nothing is counted or written down: it is about what he is shown. */
  async conceivable(names: readonly string[], principal: Principal): Promise<ReadonlySet<string>> {
    const { authority } = this.#options;
    const may = async (name: string) => (await authority.conceivable(principal, this.#find(name))).allowed;
    const all = await Promise.all(names.map(async (name) => ((await may(name)) ? [name] : [])));
    return new Set(all.flat());
  }

  /** The same for a page of a surface that is no operation. Errors: `unauthenticated`, `rate_limited`, `denied`. */
  async authorisePage(page: Action, credential: Credential): Promise<void> {
    const principal = await this.#known(credential, true);
    await this.#refuseUnless(await this.#options.authority.permit(principal, page, {}), page, principal);
  }

  /** Errors: `operation_unknown`, `rate_limited`, `unauthenticated`, `input_invalid`, `denied`, `approval_required`, and the operation's own. */
  async call(name: string, rawInput: unknown, call: Call): Promise<unknown> {
    try {
      return this.#redactor.hideAll(await this.#answer(name, rawInput, call));
    } catch (thrown) {
      throw veiledError(asCodeError(thrown), this.#redactor);
    }
  }

  async #answer(name: string, rawInput: unknown, call: Call): Promise<unknown> {
    const operation = this.#find(name);
    if (operation.kind !== 'call') throw new CodeError('operation_unknown', `${name} answers with a stream.`);
    const admitted = await this.#admit(operation, rawInput, call);
    const { input, context } = admitted;
    const run = () => this.#audited(operation, admitted, () => operation.handler(input, context));
    const key = keyIn(input) ?? call.idempotencyKey;
    // What strangers say is not kept.
    if (key === undefined || operation.effect === 'read' || operation.open) return this.#noted(operation, admitted, await run());
    const answer = await this.#options.idempotency.run(
      {
        principal: context.principal.token ?? context.principal.id,
        operation: name,
        key,
        input: digestOfJson(operation.fingerprint ? operation.fingerprint(input) : input),
        confidential: operation.confidential,
      },
      run,
    );
    // Also what was kept: whoever has the same credential may be another conversation, or let go on meanwhile.
    return this.#noted(operation, admitted, answer);
  }

  /** All checks are made before the first item; the audit's outcome is written when the stream ends. */
  async stream(name: string, rawInput: unknown, call: Call): Promise<AsyncIterable<unknown>> {
    const operation = this.#find(name);
    if (operation.kind !== 'stream') throw new CodeError('operation_unknown', `${name} does not answer with a stream.`);
    return this.#streamed(operation, await this.#admit(operation, rawInput, call));
  }

  #find(name: string): Operation {
    const operation = this.#byName.get(name);
    if (!operation)
      throw new CodeError('operation_unknown', `There is no operation ${name}.`, { hint: 'GET /v1/openapi.json lists them all.' });
    return operation;
  }

  async #admit(operation: Operation, rawInput: unknown, call: Call): Promise<Admitted> {
    const principal = await this.#bearerOf(operation, call.credential);
    const parsed = operation.input.safeParse(rawInput ?? {});
    if (!parsed.success) throw inputError(operation, parsed.error);
    const input = parsed.data;
    const policies = operation.open ? [] : await this.#permitted(operation, input, principal);
    return { input, context: { principal, services: this.#options.services, signal: call.signal, body: call.body }, policies };
  }

  /** By which policies. Errors: `denied`, `approval_required`, and those of ids that lead nowhere. */
  async #permitted(operation: Operation, input: unknown, principal: Principal): Promise<readonly string[]> {
    const { authority, services } = this.#options;
    let about: About;
    try {
      about = await aboutOf(operation, input, services);
    } catch (thrown) {
      if (asCodeError(thrown).kind !== 'not_found') throw thrown;
      // Of what is not there whoever may not ask about everything hears the same as of what is not his.
      await this.#refuseUnless(await authority.permit(principal, operation, {}), operation, principal, input);
      throw thrown;
    }
    const verdict = await authority.permit(principal, operation, about.place, about.facts);
    await this.#refuseUnless(verdict, operation, principal, input);
    return verdict.policies;
  }

  async #bearerOf(operation: Operation, credential: Credential | Pass): Promise<Principal> {
    if (credential.kind !== 'pass') return (await this.authorise(operation.name, credential)).principal;
    if (this.#passes.has(credential) && credential.operation === operation.name) return credential.principal;
    throw new CodeError('internal', `${operation.name} was called with a pass that is not for it.`);
  }

  async #known(credential: Credential, counted: boolean): Promise<Principal> {
    const principal = await callerOf(credential, this.#options.services, this.#options);
    if (counted) this.#options.throttle.take(principal.token ?? principal.id);
    return principal;
  }

  #anybody(): Principal {
    this.#options.throttle.take('callers who log in');
    return nobody;
  }

  /** Errors: `denied`, `approval_required`; written down before. Without an input, what the caller wanted to say was never read. */
  async #refuseUnless(verdict: Permission, asked: Action | Operation, principal: Principal, input?: unknown): Promise<void> {
    if (verdict.allowed) return;
    const { audit } = this.#options;
    const subject = input !== undefined && 'handler' in asked ? subjectOf(asked, input) : {};
    const { call } = await audit.intent({ principal: principal.id, operation: asked.name, effect: asked.effect, subject });
    await audit.outcome(call, { result: 'refused', error: verdict.reason });
    throw refusedError(verdict);
  }

  async #audited<T>(operation: Operation, admitted: Admitted, run: () => Promise<T>): Promise<T> {
    const { audit } = this.#options;
    if (isRoutine(operation)) return run();
    const { call } = await audit.intent(intentOf(operation, admitted));
    try {
      const result = await run();
      await audit.outcome(call, { result: 'ok', subject: summaryOf(result) });
      return result;
    } catch (thrown) {
      const error = asCodeError(thrown);
      const refused = error.kind === 'denied' || error.kind === 'approval_required';
      await audit.outcome(call, { result: refused ? 'refused' : 'failed', error: `${error.code}: ${error.message}` });
      throw error;
    }
  }

  /** Written down before it leaves that its caller has words of others before him. */
  async #noted<T>(operation: Operation, { context: { principal, services } }: Admitted, answer: T): Promise<T> {
    if (holdsWords(answer, outsideWords(operation))) await services.taints.mark(principal, operation.name);
    return answer;
  }

  async *#streamed(operation: StreamOperation, admitted: Admitted): AsyncGenerator {
    const { audit } = this.#options;
    const intent = isRoutine(operation) ? undefined : await audit.intent(intentOf(operation, admitted));
    try {
      const { input, context } = admitted;
      for await (const item of operation.handler(input, context)) {
        if (!(await isStillKnown(context.principal, context.services)))
          throw new CodeError('unauthenticated', 'What this call came with was revoked, or its time is over.');
        yield this.#redactor.hideAll(await this.#noted(operation, admitted, item));
      }
      if (intent) await audit.outcome(intent.call, { result: 'ok' });
    } catch (thrown) {
      const error = veiledError(asCodeError(thrown), this.#redactor);
      if (intent) await audit.outcome(intent.call, { result: 'failed', error: `${error.code}: ${error.message}` });
      throw error;
    }
  }
}

interface Admitted {
  readonly input: unknown;
  readonly context: OperationContext;
  /** By which it was permitted. */
  readonly policies: readonly string[];
}

function intentOf(operation: Operation, { input, context, policies }: Admitted): Parameters<Audit['intent']>[0] {
  const { name, effect } = operation;
  return { principal: context.principal.id, operation: name, effect, subject: subjectOf(operation, input), policies };
}

/** Reads, uploads of content and what strangers may call are counted in metrics, not chained: an audit that drowns in polling proves nothing to anybody. */
function isRoutine(operation: Operation): boolean {
  return operation.effect === 'read' || operation.open === true || operation.name.startsWith('artifacts.');
}

/** A key among the input counts like the one of the transport. */
function keyIn(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null || !('idempotency_key' in input)) return undefined;
  return typeof input.idempotency_key === 'string' ? input.idempotency_key : undefined;
}

function subjectOf(operation: Operation, input: unknown): Readonly<Record<string, unknown>> {
  if (operation.audited) return operation.audited(input);
  return typeof input === 'object' && input !== null ? { ...input } : {};
}

/** Enough to find the thing again, not the whole answer. */
const summarised: ReadonlySet<string> = new Set(['id', 'plan_id', 'digest', 'application', 'environment', 'outcome', 'unchecked']);

function summaryOf(result: unknown): Readonly<Record<string, unknown>> {
  if (typeof result !== 'object' || result === null) return {};
  return Object.fromEntries(Object.entries(result).filter(([key]) => summarised.has(key)));
}

function inputError(operation: CallOperation | StreamOperation, error: z.ZodError): CodeError {
  const problems = error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
  const [first] = problems;
  const message = `${operation.name}: ${first?.field ? `${first.field}: ` : ''}${first?.message ?? 'the input does not fit'}`;
  return new CodeError('input_invalid', message, {
    details: { problems, expected: z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' }) },
  });
}
