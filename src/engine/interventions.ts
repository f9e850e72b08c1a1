// What people set beside deployments: pauses of a service's traffic or scaling, and the manual lock. All outlive deployments, none makes a plan drift.
import { CodeError, hasCode } from '../base/errors.ts';
import { own } from '../base/plain-document.ts';
import type { EnvironmentState, ManualLock, TrafficPause } from '../model/deployment.ts';
import type { EventKind } from '../model/event.ts';
import type { Scope } from '../model/instance.ts';
import { scopeKey } from '../model/instance.ts';
import type { ScalePause } from '../model/scale.ts';
import type { EnginePorts } from './ports.ts';
import { resize } from './scale/resize.ts';

/** Writers of one record that meet again and again are a defect, not bad luck. */
const tries = 20;

interface Edit {
  readonly change: (state: EnvironmentState) => EnvironmentState;
  readonly kind: EventKind;
  readonly message: string;
  readonly service?: string;
}

export class Interventions {
  readonly #ports: EnginePorts;
  readonly #enforce: (scope: Scope, signal: AbortSignal) => Promise<void>;

  /** `enforce` resolves once the routes follow the stored record. */
  constructor(ports: EnginePorts, enforce: (scope: Scope, signal: AbortSignal) => Promise<void>) {
    this.#ports = ports;
    this.#enforce = enforce;
  }

  /**
   * Holds or stops the traffic of a service, which need not be deployed yet; in force when this resolves.
   * Returns whether the service is live. Errors: `gateway_unavailable` (stored all the same).
   */
  async pause(scope: Scope, service: string, pause: TrafficPause, by: string, signal: AbortSignal): Promise<boolean> {
    const how = pause.kind === 'held' ? `requests wait up to ${pause.hold / 1000}s` : `requests are refused: ${pause.message}`;
    const change = (state: EnvironmentState) => ({ ...state, pauses: { ...state.pauses, [service]: pause } });
    const state = await this.#edit(scope, { kind: 'traffic.paused', message: `${by} paused ${service}: ${how}`, service, change });
    await this.#enforce(scope, signal);
    return own(state.services, service) !== undefined;
  }

  /** Lets the traffic of a service through again; those who wait proceed. Returns whether it was paused. */
  async resume(scope: Scope, service: string, by: string, signal: AbortSignal): Promise<boolean> {
    const stored = await this.#ports.store.get('environment', scopeKey(scope));
    if (!own(stored?.value.pauses, service)) return false;
    const change = (state: EnvironmentState) => {
      const { [service]: _, ...pauses } = state.pauses ?? {};
      return { ...state, pauses };
    };
    await this.#edit(scope, { kind: 'traffic.resumed', message: `${by} resumed ${service}`, service, change });
    await this.#enforce(scope, signal);
    return true;
  }

  /** Holds the size of a service that scales, or lets it go one way only. Errors: `service_unknown`, `unsupported`. */
  async pauseScaling(scope: Scope, service: string, how: WantedPause, by: string): Promise<ScalePause> {
    const pause: ScalePause = { ...how, by, since: this.#ports.clock.now() };
    const change = (state: EnvironmentState) => {
      requireScaled(state, service);
      return { ...state, scaling: { ...state.scaling, [service]: pause } };
    };
    await this.#edit(scope, { kind: 'scale.paused', message: `${by} paused scaling of ${service}: ${pauseText(pause)}`, service, change });
    return pause;
  }

  /** Its load decides again; from 0 it begins with its minimum. Returns the pause that was in force, if any. */
  async resumeScaling(scope: Scope, service: string, by: string): Promise<ScalePause | undefined> {
    const held = own((await this.#ports.store.get('environment', scopeKey(scope)))?.value.scaling, service);
    if (!held) return undefined;
    const change = (state: EnvironmentState) => {
      const { [service]: _, ...scaling } = state.scaling ?? {};
      return { ...state, scaling };
    };
    const { services } = await this.#edit(scope, {
      kind: 'scale.resumed',
      message: `${by} resumed scaling of ${service}`,
      service,
      change,
    });
    const target = own(services, service);
    const min = target?.spec.scale?.min ?? 0;
    // Without an instance nothing can be measured.
    if (target?.replicas === 0 && min > 0)
      await resize(this.#ports, { scope, service, from: 0, to: min, reason: `scaling is resumed, and min is ${min}` });
    return held;
  }

  /** From now on every change is refused with the message. Errors: `locked` when somebody holds the lock already. */
  async lock(scope: Scope, message: string, by: string): Promise<ManualLock> {
    const lock: ManualLock = { by, at: this.#ports.clock.now(), message };
    const change = (state: EnvironmentState): EnvironmentState => {
      if (state.lock) throw lockedError(state, state.lock);
      return { ...state, lock };
    };
    await this.#edit(scope, { kind: 'lock.acquired', message: `${by} locked ${scopeKey(scope)}: ${message}`, change });
    return lock;
  }

  /** Anybody who may write may release it: its holder may be asleep. Returns the lock that was held, if any. */
  async unlock(scope: Scope, by: string): Promise<ManualLock | undefined> {
    const held = (await this.#ports.store.get('environment', scopeKey(scope)))?.value.lock;
    if (!held) return undefined;
    const change = (state: EnvironmentState): EnvironmentState => ({ ...state, lock: undefined });
    await this.#edit(scope, { kind: 'lock.released', message: `${by} released the lock of ${held.by} on ${scopeKey(scope)}`, change });
    return held;
  }

  /** Deployments write the same record: whoever comes second reads it again. */
  async #edit(scope: Scope, { change, kind, message, service }: Edit): Promise<EnvironmentState> {
    const { store, clock, fence } = this.#ports;
    const key = scopeKey(scope);
    for (let attempt = 1; ; attempt += 1) {
      const stored = await store.get('environment', key);
      const before = stored?.value ?? this.#unborn(scope);
      const value = { ...change(before), interventions: (before.interventions ?? 0) + 1 };
      const event = { at: clock.now(), kind, ...scope, service, message };
      try {
        const put = { op: 'put', kind: 'environment', key, value, expect: stored?.version ?? 0 } as const;
        await store.commit([put, { op: 'append', event }], fence());
        return value;
      } catch (thrown) {
        if (!hasCode(thrown, 'write_conflict') || attempt === tries) throw thrown;
      }
    }
  }

  /** Nothing runs yet: which runtime it will be, the first deployment says. */
  #unborn(scope: Scope): EnvironmentState {
    const [runtime = 'process'] = this.#ports.runtimes.keys();
    return { scope, runtime, services: {}, lastNumber: 0, history: [] };
  }
}

type WantedPause = { readonly kind: 'at'; readonly replicas: number } | { readonly kind: 'in' | 'out' };

function pauseText(pause: ScalePause): string {
  if (pause.kind === 'at') return `it stays at ${pause.replicas}`;
  return pause.kind === 'in' ? 'it does not shrink' : 'it does not grow';
}

function requireScaled({ scope, services }: EnvironmentState, service: string): void {
  const target = own(services, service);
  if (!target)
    throw new CodeError(
      'service_unknown',
      `${scopeKey(scope)} has no service called ${service}; it has ${Object.keys(services).join(', ')}.`,
    );
  if (!target.spec.scale)
    throw new CodeError('unsupported', `${service} does not scale by itself: its manifest has no scale.`, {
      hint: `Run "codectl scale ${service}=N" to set its size.`,
    });
}

/** Holder, time, what is live and why, in one sentence. */
export function lockedError({ scope, lastNumber }: EnvironmentState, lock: ManualLock): CodeError {
  const since = new Date(lock.at).toISOString();
  const { application, environment } = scope;
  const live = lastNumber === 0 ? 'before the first deployment' : `at deployment ${lastNumber}`;
  return new CodeError('locked', `${scopeKey(scope)} is locked by ${lock.by} since ${since}, ${live}: ${lock.message}`, {
    hint: `Ask them, or run "codectl lock release --app ${application} --env ${environment}".`,
    details: { ...lock, deployment: lastNumber },
  });
}
