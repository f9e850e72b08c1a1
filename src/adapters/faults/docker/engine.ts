// What faults ask of a Docker Engine: who a container is – by its labels, each time anew –, and to kill, stop or continue it.
import { resolve } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { digestOf, shortDigest } from '../../../base/digest.ts';
import { CodeError } from '../../../base/errors.ts';
import type { Fault } from '../../../model/proving/fault.ts';
import type { LinkTarget } from '../../../platform/http/link.ts';
import { ask } from '../../../platform/http/link.ts';
import type { UndoNote } from '../../../ports/faults.ts';
import type { Maker } from '../running.ts';
import { goneAlready } from '../running.ts';

export interface DockerFaultsOptions {
  /** The engine's directory. */
  readonly home: string;
  readonly clock: Clock;
  readonly engine: LinkTarget;
}

export interface Container {
  readonly id: string;
  readonly pid: number;
  readonly running: boolean;
  readonly paused: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

/** How one kind of fault is done to a container, and undone by a note alone. */
export interface Way {
  make(engine: FaultEngine): Maker;
  undo?(engine: FaultEngine, container: Container, note: UndoNote): Promise<unknown>;
}

interface Inspected {
  readonly Id: string;
  readonly State: { readonly Pid: number; readonly Running: boolean; readonly Paused: boolean };
  readonly Config: { readonly Labels: Readonly<Record<string, string>> | null };
}

const patience = 30_000;

export class FaultEngine {
  readonly clock: Clock;
  readonly #engine: LinkTarget;
  readonly #home: string;

  constructor({ home, clock, engine }: DockerFaultsOptions) {
    this.clock = clock;
    this.#engine = engine;
    this.#home = shortDigest(digestOf(resolve(home)), 16);
  }

  /** On this machine: its processes are ours to see. */
  get local(): boolean {
    return this.#engine.kind === 'socket';
  }

  async answers(): Promise<boolean> {
    return this.#call('GET', '/_ping').then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  /** The container of the target, if it carries this home's label and the instance's. Errors: `instance_unknown`. */
  async of({ target }: Fault): Promise<Container> {
    const name = target.kind === 'instance' ? target.container : undefined;
    const found = name === undefined ? undefined : await this.find(name);
    if (target.kind !== 'instance' || found === undefined || found.labels['codectl.instance'] !== target.id)
      throw goneAlready(target.kind === 'instance' ? target.id : `The ${target.kind}`);
    return found;
  }

  /** `undefined` for one that is gone, or another home's. */
  async find(name: string): Promise<Container | undefined> {
    const { status, text } = await this.#call('GET', `/containers/${encodeURIComponent(name)}/json`);
    if (status === 404) return undefined;
    if (status !== 200) throw refused(status, text);
    const { Id: id, State, Config } = JSON.parse(text) as Inspected;
    const labels = Config.Labels ?? {};
    if (labels['codectl.home'] !== this.#home) return undefined;
    return { id, pid: State.Pid, running: State.Running, paused: State.Paused, labels };
  }

  /** Ids of running containers of the same service in the same environment. */
  async relatives({ labels }: Container): Promise<readonly string[]> {
    const same = ['home', 'application', 'environment', 'service'].map((name) => `codectl.${name}=${labels[`codectl.${name}`] ?? ''}`);
    const { status, text } = await this.#call('GET', `/containers/json?filters=${encodeURIComponent(JSON.stringify({ label: same }))}`);
    if (status !== 200) throw refused(status, text);
    return (JSON.parse(text) as readonly { readonly Id: string }[]).map(({ Id }) => Id);
  }

  /** One that ended meanwhile, or is so already, is no error. */
  async tell(id: string, what: 'kill' | 'pause' | 'unpause'): Promise<boolean> {
    const { status, text } = await this.#call('POST', `/containers/${id}/${what}`);
    if (status >= 500 && !/is not (?:running|paused)|is already paused/.test(text)) throw refused(status, text);
    return status < 300;
  }

  async #call(method: 'GET' | 'POST', path: string): Promise<{ readonly status: number; readonly text: string }> {
    const answer = await ask(this.#engine, { method, path }, AbortSignal.timeout(patience));
    return { status: answer.status, text: await answer.text() };
  }
}

function refused(status: number, text: string): CodeError {
  return new CodeError('runtime_unavailable', `The Docker Engine answered ${status}: ${text.trim().slice(0, 200)}.`, {
    hint: 'Run "codectl doctor".',
  });
}
