// The one door: authenticate → throttle → permit → validate → audit intent → run → audit outcome, once for every surface.
import { z } from 'zod';
import type { Audit } from '../access/audit.ts';
import type { Idempotency } from '../access/idempotency.ts';
import type { Asked, Permit } from '../access/permit.ts';
import type { Throttle } from '../access/throttle.ts';
import { digestOfJson } from '../base/digest.ts';
import { asCodeError, CodeError } from '../base/errors.ts';
import type { Principal } from '../model/principal.ts';
import type { CallOperation, Operation, OperationContext, StreamOperation } from './operation.ts';
import type { Services } from './services.ts';

/** How the caller showed who it is; surfaces only carry it here. */
export type Credential =
  | { readonly kind: 'local'; readonly user: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'none' };

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
  readonly permit: Permit;
  readonly throttle: Throttle;
}

export class Dispatcher {
  readonly #options: DispatchOptions;
  readonly #byName: ReadonlyMap<string, Operation>;
  readonly #passes = new WeakSet<Pass>();

  constructor(options: DispatchOptions) {
    this.#options = options;
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
    const pass: Pass = { kind: 'pass', operation: name, principal: await this.#permitted(operation, credential, counted) };
    this.#passes.add(pass);
    return pass;
  }

  /** The same for a page of a surface that is no operation. Errors: `unauthenticated`, `rate_limited`, `denied`. */
  async authorisePage(page: Asked, credential: Credential): Promise<void> {
    await this.#permitted(page, credential, true);
  }

  /** Errors: `operation_unknown`, `rate_limited`, `unauthenticated`, `input_invalid`, `denied`, and the operation's own. */
  async call(name: string, rawInput: unknown, call: Call): Promise<unknown> {
    const operation = this.#find(name);
    if (operation.kind !== 'call') throw new CodeError('operation_unknown', `${name} answers with a stream.`);
    const { input, context } = await this.#admit(operation, rawInput, call);
    const run = () => this.#audited(operation, input, context, () => operation.handler(input, context));
    const key = keyIn(input) ?? call.idempotencyKey;
    if (key === undefined || operation.effect === 'read') return run();
    return this.#options.idempotency.run(
      {
        principal: context.principal.token ?? context.principal.id,
        operation: name,
        key,
        input: digestOfJson(input),
        confidential: operation.confidential,
      },
      run,
    );
  }

  /** All checks are made before the first item; the audit's outcome is written when the stream ends. */
  async stream(name: string, rawInput: unknown, call: Call): Promise<AsyncIterable<unknown>> {
    const operation = this.#find(name);
    if (operation.kind !== 'stream') throw new CodeError('operation_unknown', `${name} does not answer with a stream.`);
    const { input, context } = await this.#admit(operation, rawInput, call);
    return this.#streamed(operation, input, context);
  }

  #find(name: string): Operation {
    const operation = this.#byName.get(name);
    if (!operation)
      throw new CodeError('operation_unknown', `There is no operation ${name}.`, { hint: 'GET /v1/openapi.json lists them all.' });
    return operation;
  }

  async #admit(
    operation: Operation,
    rawInput: unknown,
    call: Call,
  ): Promise<{ readonly input: unknown; readonly context: OperationContext }> {
    const principal = await this.#bearerOf(operation, call.credential);
    const parsed = operation.input.safeParse(rawInput ?? {});
    if (!parsed.success) throw inputError(operation, parsed.error);
    return { input: parsed.data, context: { principal, services: this.#options.services, signal: call.signal, body: call.body } };
  }

  async #bearerOf(operation: Operation, credential: Credential | Pass): Promise<Principal> {
    if (credential.kind !== 'pass') return (await this.authorise(operation.name, credential)).principal;
    if (this.#passes.has(credential) && credential.operation === operation.name) return credential.principal;
    throw new CodeError('internal', `${operation.name} was called with a pass that is not for it.`);
  }

  async #permitted(asked: Asked, credential: Credential, counted: boolean): Promise<Principal> {
    const { throttle, permit } = this.#options;
    const principal = await this.#authenticate(credential);
    if (counted) throttle.take(principal.token ?? principal.id);
    const verdict = permit(principal, asked);
    if (verdict.allowed) return principal;
    await this.#refused(asked, principal, verdict.reason);
    throw new CodeError('denied', verdict.reason, { hint: 'Ask somebody who may, or use a token with that effect.' });
  }

  async #authenticate(credential: Credential): Promise<Principal> {
    if (credential.kind === 'local')
      return { id: `user:${credential.user}`, kind: 'local_user', effects: ['read', 'plan', 'write', 'destroy'] };
    if (credential.kind === 'bearer') {
      const principal = await this.#options.services.tokens.authenticate(credential.token);
      if (principal) return principal;
    }
    // Whoever is not known draws from one bucket, so that guessing is slow; it must not be the bucket of those who are.
    this.#options.throttle.take('callers without a valid token');
    if (credential.kind === 'bearer')
      throw new CodeError('unauthenticated', 'The token is unknown, expired or revoked.', {
        hint: 'Make a new one with "codectl token create".',
      });
    throw new CodeError('unauthenticated', 'This call needs a token.', {
      hint: 'Send "Authorization: Bearer …"; "codectl token create" makes one.',
    });
  }

  /** Without a subject: what a caller who may not call wanted to say is never read. */
  async #refused({ name, effect }: Asked, principal: Principal, reason: string): Promise<void> {
    const { audit } = this.#options;
    const { call } = await audit.intent({ principal: principal.id, operation: name, effect, subject: {} });
    await audit.outcome(call, { result: 'refused', error: reason });
  }

  async #audited<T>(operation: Operation, input: unknown, context: OperationContext, run: () => Promise<T>): Promise<T> {
    const { audit } = this.#options;
    if (isRoutine(operation)) return run();
    const { call } = await audit.intent({
      principal: context.principal.id,
      operation: operation.name,
      effect: operation.effect,
      subject: subjectOf(operation, input),
    });
    try {
      const result = await run();
      await audit.outcome(call, { result: 'ok', subject: summaryOf(result) });
      return result;
    } catch (thrown) {
      const error = asCodeError(thrown);
      await audit.outcome(call, { result: error.kind === 'denied' ? 'refused' : 'failed', error: `${error.code}: ${error.message}` });
      throw error;
    }
  }

  async *#streamed(operation: StreamOperation, input: unknown, context: OperationContext): AsyncGenerator {
    const { audit } = this.#options;
    const intent = isRoutine(operation)
      ? undefined
      : await audit.intent({
          principal: context.principal.id,
          operation: operation.name,
          effect: operation.effect,
          subject: subjectOf(operation, input),
        });
    try {
      yield* operation.handler(input, context);
      if (intent) await audit.outcome(intent.call, { result: 'ok' });
    } catch (thrown) {
      const error = asCodeError(thrown);
      if (intent) await audit.outcome(intent.call, { result: 'failed', error: `${error.code}: ${error.message}` });
      throw error;
    }
  }
}

/** Reads and uploads of content are counted in metrics, not chained: an audit that drowns in polling proves nothing to anybody. */
function isRoutine(operation: Operation): boolean {
  return operation.effect === 'read' || operation.name.startsWith('artifacts.');
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
