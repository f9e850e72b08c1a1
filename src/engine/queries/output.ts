// Output of instances: one stream over all of a service's instances, those to come as well; and commands run beside one of them.
import { CodeError } from '../../base/errors.ts';
import type { Instance, Scope } from '../../model/instance.ts';
import { scopeKey } from '../../model/instance.ts';
import type { ExecOutput, LogLine } from '../../ports/instances.ts';
import type { Runtime } from '../../ports/runtime.ts';
import { deploymentKey } from '../keys.ts';
import type { EnginePorts } from '../ports.ts';

export interface LogQuery {
  readonly service?: string;
  readonly instance?: string;
  /** Lines of each instance to begin with; all that is kept, if absent. */
  readonly tail?: number;
  readonly follow: boolean;
}

export interface ExecRequest {
  readonly service: string;
  readonly instance?: string;
  readonly command: readonly string[];
}

/** How often a follower looks for instances that were started meanwhile, in milliseconds. */
const newcomerPoll = 200;

/** Errors: `application_unknown`, `service_unknown`, `instance_unknown`, `unsupported`. */
export async function* followLogs(ports: EnginePorts, scope: Scope, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogLine> {
  const runtime = await runtimeOf(ports, scope);
  const { logs } = runtime;
  if (!logs) throw new CodeError('unsupported', `The ${runtime.name} runtime has no logs.`);
  const first = (await runtime.observe(scope, signal)).filter((one) => matches(one, query));
  if (first.length === 0 && query.instance !== undefined)
    throw new CodeError('instance_unknown', `${scopeKey(scope)} has no instance ${query.instance}.`, {
      hint: 'Run "codectl status" to see them.',
    });

  if (query.service !== undefined) await requireService(ports, scope, query.service);
  const merge = new Merge<LogLine>(signal);
  const known = new Set<string>();
  const attach = (instances: readonly Instance[], tail: number | undefined) => {
    for (const one of instances) {
      if (known.has(one.id)) continue;
      known.add(one.id);
      merge.add(logs.call(runtime, one.id, { tail, follow: query.follow }, merge.signal));
    }
  };
  attach(first, query.tail);
  if (query.follow)
    merge.keepOpen(async () => {
      while (!merge.signal.aborted) {
        await ports.clock.sleep(newcomerPoll, merge.signal);
        attach(
          (await runtime.observe(scope, merge.signal)).filter((one) => matches(one, query)),
          undefined,
        );
      }
    });
  yield* merge.items();
}

/** Runs beside the named instance, or the first ready one of the service. Errors: as for logs. */
export async function* execInstance(
  ports: EnginePorts,
  scope: Scope,
  request: ExecRequest,
  signal: AbortSignal,
): AsyncGenerator<ExecOutput> {
  const runtime = await runtimeOf(ports, scope);
  if (!runtime.exec) throw new CodeError('unsupported', `The ${runtime.name} runtime cannot run commands beside an instance.`);
  const candidates = (await runtime.observe(scope, signal)).filter((one) => one.state === 'running' && matches(one, request));
  const instance = candidates.find((one) => one.ready) ?? candidates[0];
  if (!instance)
    throw new CodeError('instance_unknown', `${scopeKey(scope)} has no running instance of ${request.instance ?? request.service}.`, {
      hint: 'Run "codectl status" to see them.',
    });
  yield* runtime.exec(instance.id, request.command, signal);
}

async function runtimeOf({ store, runtimes }: EnginePorts, scope: Scope): Promise<Runtime> {
  const state = await store.get('environment', scopeKey(scope));
  const runtime = state && runtimes.get(state.value.runtime);
  if (runtime) return runtime;
  throw new CodeError('application_unknown', `${scope.application} is not deployed in environment ${scope.environment}.`, {
    hint: 'Run "codectl status" to see what is.',
  });
}

/** A service that is live, or on its way in. */
async function requireService({ store }: EnginePorts, scope: Scope, service: string): Promise<void> {
  const state = await store.get('environment', scopeKey(scope));
  const number = state?.value.deployment;
  const running = number === undefined ? undefined : await store.get('deployment', deploymentKey(scope, number));
  const names = new Set([...Object.keys(state?.value.services ?? {}), ...(running?.value.services.map((one) => one.service) ?? [])]);
  if (names.has(service)) return;
  throw new CodeError('service_unknown', `${scopeKey(scope)} has no service called ${service}; it has ${[...names].join(', ')}.`);
}

function matches(instance: Instance, { service, instance: id }: Pick<LogQuery, 'service' | 'instance'>): boolean {
  if (id !== undefined) return instance.id === id;
  return service === undefined || instance.replicaSet.split('/')[2]?.split('@')[0] === service;
}

/** Many streams as one, in order of arrival; ends when all have ended, or when the caller leaves. */
class Merge<T> {
  readonly #controller = new AbortController();
  readonly signal: AbortSignal;
  readonly #queue: T[] = [];
  #open = 0;
  #failure: unknown;
  #news = Promise.withResolvers<void>();

  constructor(outer: AbortSignal) {
    this.signal = AbortSignal.any([outer, this.#controller.signal]);
    this.signal.addEventListener('abort', () => this.#news.resolve(), { once: true });
  }

  add(source: AsyncIterable<T>): void {
    this.keepOpen(async () => {
      for await (const item of source) {
        this.#queue.push(item);
        this.#news.resolve();
        // A reader that is slower than the writers must not fill the memory.
        while (this.#queue.length > 10_000 && !this.signal.aborted) await this.#drained.promise;
      }
    });
  }

  #drained = Promise.withResolvers<void>();

  /** Counts as one more source until the work ends. */
  keepOpen(work: () => Promise<void>): void {
    this.#open += 1;
    void work()
      .catch((thrown: unknown) => {
        if (!this.signal.aborted) this.#failure = thrown;
      })
      .finally(() => {
        this.#open -= 1;
        this.#news.resolve();
      });
  }

  async *items(): AsyncGenerator<T> {
    try {
      while (true) {
        this.#news = Promise.withResolvers<void>();
        const batch = this.#queue.splice(0);
        this.#drained.resolve();
        this.#drained = Promise.withResolvers<void>();
        yield* batch;
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#queue.length > 0) continue;
        if (this.#open === 0 || this.signal.aborted) return;
        await this.#news.promise;
      }
    } finally {
      this.#controller.abort();
      this.#drained.resolve();
    }
  }
}
