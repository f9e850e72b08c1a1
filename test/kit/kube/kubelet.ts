// The kubelet and scheduler of a test cluster: each pod is a real process on a loopback address of its own, probed and restarted as the API documents.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mountSecrets } from './node/mounts.ts';
import type { Objects, Part, Stored } from './objects.ts';
import { environmentOf } from './pod-environment.ts';
import type { Probe } from './pod-probes.ts';
import { ask } from './pod-probes.ts';

/** What an image does. One that is not known cannot be pulled. */
export interface Image {
  /** Environment that stands in for the image's content. */
  readonly content?: Readonly<Record<string, string>>;
  /** What Node.js runs in it; absent: `program.mjs`. */
  readonly program?: string;
  /** A pull that does not end before this. */
  readonly pulled?: Promise<unknown>;
}

export interface KubeletDials {
  readonly images: Map<string, Image>;
  /** Why no node takes a pod. */
  unschedulable?: string;
  /** Why volumes cannot be mounted. */
  unmountable?: string;
  /** How long a second of probes and back-offs is here, in milliseconds. */
  readonly second: number;
  /** Where its file systems are. */
  readonly directory: string;
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly ports?: readonly { name?: string; containerPort: number }[];
}

const program = fileURLToPath(new URL('program.mjs', import.meta.url));

/** One pod's life here. */
export class PodLife {
  readonly name: string;
  readonly ip: string;
  readonly #objects: Objects;
  readonly #dials: KubeletDials;
  readonly #container: Container;
  #process: ChildProcess | undefined;
  #restarts = 0;
  #ready = false;
  #started = false;
  #state: Part = { waiting: { reason: 'ContainerCreating' } };
  #last: Part = {};
  #ending = false;
  #gone = false;
  /** Its container is never started again; so it ended. */
  readonly #once: boolean;
  #finished = false;
  #expired = false;
  #environment: Readonly<Record<string, string>> = {};
  output = '';
  previous: string | undefined;

  constructor(pod: Stored, ip: string, objects: Objects, dials: KubeletDials) {
    this.name = pod.metadata.name;
    this.ip = ip;
    this.#objects = objects;
    this.#dials = dials;
    const [container] = (pod['spec'] as { containers: readonly Container[] }).containers;
    if (!container) throw new Error(`${this.name} has no container`);
    this.#container = container;
    this.#once = (pod['spec'] as { restartPolicy?: string }).restartPolicy === 'Never';
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async run(): Promise<void> {
    while (this.#dials.unschedulable !== undefined && !this.#over()) {
      this.#write({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: this.#dials.unschedulable }],
      });
      await this.#wait(1);
    }
    if (this.#over()) return this.#leave();
    this.#objects.update('Pod', this.name, (pod) => Object.assign(pod, { spec: { ...(pod['spec'] as Part), nodeName: 'node-1' } }));
    this.#tell('Pending');
    while (this.#dials.unmountable !== undefined && !this.#over()) {
      this.#warn('FailedMount', this.#dials.unmountable);
      await this.#wait(1);
    }
    await this.#pull();
    for (let pause = 1; !this.#over(); pause = Math.min(pause * 2, 30)) {
      await this.#mount();
      if (this.#over()) break;
      await this.#start();
      if (this.#over()) break;
      if (this.#once && 'terminated' in this.#state) return this.#finish();
      this.#restarts += this.#once ? 0 : 1;
      this.#last = this.#state;
      this.#state = {
        waiting: { reason: 'CrashLoopBackOff', message: `back-off ${pause}s restarting failed container=${this.#container.name}` },
      };
      this.#tell('Running');
      await this.#wait(pause);
    }
    this.#leave();
  }

  /** SIGTERM, and SIGKILL after the grace. */
  end(seconds: number): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#ready = false;
    if (this.#finished) this.#leave();
    this.#terminate(seconds);
  }

  /** Its deadline is over: it is ended, and stays to be looked at. */
  expire(seconds: number): void {
    if (this.#expired || this.#ending) return;
    this.#expired = true;
    this.#terminate(seconds);
  }

  #terminate(seconds: number): void {
    const child = this.#process;
    if (!child) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    child.once('exit', () => clearTimeout(timer));
  }

  #finish(): void {
    this.#finished = true;
    const { exitCode } = this.#state['terminated'] as { readonly exitCode: number };
    this.#tell(exitCode === 0 && !this.#expired ? 'Succeeded' : 'Failed');
  }

  /** A command beside its process; what an image of these has is the program of all. */
  exec([word = '', ...rest]: readonly string[]): ChildProcess | string {
    if (word !== 'task')
      return `error executing command in container: failed to exec in container: exec: "${word}": executable file not found in $PATH: unknown`;
    return spawn(process.execPath, [program, word, ...rest], { env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  kill(): void {
    this.#ending = true;
    this.#process?.kill('SIGKILL');
  }

  async #pull(): Promise<void> {
    const { image } = this.#container;
    for (let tries = 0; !this.#over(); tries += 1) {
      const found = this.#dials.images.get(image);
      if (found) {
        await Promise.race([found.pulled, this.#ended()]);
        return;
      }
      const reason = tries % 2 === 0 ? 'ErrImagePull' : 'ImagePullBackOff';
      this.#state = { waiting: { reason, message: `failed to pull image "${image}": not found` } };
      this.#tell('Pending');
      await this.#wait(1);
    }
  }

  get #root(): string {
    return join(this.#dials.directory, 'pods', this.name);
  }

  /** Until it can be done, as each container begins. */
  async #mount(): Promise<void> {
    for (let pod = this.#objects.get('Pod', this.name); pod && !this.#over(); pod = this.#objects.get('Pod', this.name)) {
      const missing = await mountSecrets(pod, this.#objects, this.#root).catch((thrown: unknown) => {
        // The cluster may be closed meanwhile.
        if (!this.#over()) throw thrown;
      });
      if (missing === undefined) return;
      this.#warn('FailedMount', missing);
      await this.#wait(1);
    }
  }

  #start(): Promise<void> {
    const pod = this.#objects.get('Pod', this.name);
    const image = this.#dials.images.get(this.#container.image);
    const told = pod ? environmentOf(pod, this.#objects) : 'the pod is gone';
    if (typeof told === 'string') {
      this.#state = { waiting: { reason: 'CreateContainerConfigError', message: told } };
      this.#tell('Pending');
      return this.#wait(1);
    }
    this.previous = this.output === '' ? undefined : this.output;
    this.output = '';
    // Its network is one address of loopback: it may not listen on all of them.
    this.#environment = { PATH: process.env['PATH'] ?? '', ...image?.content, ...told, HOST: this.ip, POD_ROOT: this.#root };
    const words = (this.#container.args ?? []).map((word) => word.replaceAll('$$(', '$('));
    const child = spawn(process.execPath, [image?.program ?? program, ...words], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    const startedAt = seconds();
    this.#started = this.#container.startupProbe === undefined;
    this.#ready = this.#started && this.#container.readinessProbe === undefined;
    this.#state = { running: { startedAt } };
    this.#tell('Running');
    void this.#probe(child);
    return new Promise((resolve) =>
      child.once('close', (code, signal) => {
        this.#process = undefined;
        this.#ready = false;
        const exitCode = code ?? (signal === 'SIGKILL' ? 137 : 143);
        const failed = exitCode === 137 && image?.content?.['OOM'] !== undefined ? 'OOMKilled' : 'Error';
        this.#state = { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : failed, startedAt, finishedAt: seconds() } };
        this.#tell('Running');
        resolve();
      }),
    );
  }

  async #probe(child: ChildProcess): Promise<void> {
    const { readinessProbe, livenessProbe, startupProbe } = this.#container;
    const lives = (): boolean => this.#process === child && !this.#ending;
    if (startupProbe && !(await this.#until(startupProbe, lives))) return void child.kill('SIGTERM');
    this.#started = true;
    this.#ready = readinessProbe === undefined;
    this.#tell('Running');
    if (readinessProbe) void this.#watch('Readiness', readinessProbe, lives, (ready) => this.#turn(ready));
    if (livenessProbe) {
      await this.#wait(livenessProbe.initialDelaySeconds ?? 0);
      void this.#watch('Liveness', livenessProbe, lives, (alive) => void (alive || child.kill('SIGTERM')), true);
    }
  }

  /** Whether it passed before it failed too often. */
  async #until(probe: Probe, lives: () => boolean): Promise<boolean> {
    for (let failures = 0; lives() && failures < (probe.failureThreshold ?? 3); failures += 1) {
      if (await this.#passes('Startup', probe, lives)) return true;
      await this.#wait(probe.periodSeconds ?? 10);
    }
    return !lives();
  }

  /** What fails is told each time. */
  async #passes(what: string, probe: Probe, lives: () => boolean): Promise<boolean> {
    const problem = await ask(probe, this.ip, this.#container.ports);
    if (problem !== undefined && lives()) this.#warn('Unhealthy', `${what} probe failed: ${problem}`);
    return problem === undefined;
  }

  async #watch(what: string, probe: Probe, lives: () => boolean, turn: (good: boolean) => void, good = false): Promise<void> {
    let [passes, fails, state] = [0, 0, good];
    while (lives()) {
      const passed = await this.#passes(what, probe, lives);
      if (!lives()) return;
      [passes, fails] = passed ? [passes + 1, 0] : [0, fails + 1];
      const next = state ? fails < (probe.failureThreshold ?? 3) : passes >= (probe.successThreshold ?? 1);
      if (next !== state) turn(next);
      state = next;
      await this.#wait(probe.periodSeconds ?? 10);
    }
  }

  #turn(ready: boolean): void {
    this.#ready = ready;
    this.#tell('Running');
  }

  #tell(phase: string): void {
    const { name, image } = this.#container;
    const ready = this.#ready && !this.#ending;
    const running = 'running' in this.#state;
    this.#write({
      phase,
      ...(this.#expired &&
        this.#finished && { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }),
      ...(phase === 'Running' || running ? { podIP: this.ip } : {}),
      containerStatuses: [
        {
          name,
          image,
          imageID: image,
          ready,
          started: this.#started && running,
          restartCount: this.#restarts,
          state: this.#state,
          lastState: this.#last,
        },
      ],
      conditions: [
        { type: 'PodScheduled', status: 'True' },
        { type: 'Initialized', status: 'True' },
        { type: 'ContainersReady', status: ready ? 'True' : 'False' },
        { type: 'Ready', status: ready ? 'True' : 'False' },
      ],
    });
  }

  #write(status: {
    readonly phase: string;
    readonly conditions: readonly { type: string; status: string; reason?: string; message?: string }[];
    readonly [key: string]: unknown;
  }): void {
    this.#objects.update('Pod', this.name, (pod) => {
      const before =
        ((pod['status'] ?? {}) as { conditions?: { type: string; status: string; lastTransitionTime?: string }[] }).conditions ?? [];
      const conditions = status.conditions.map((one) => {
        const old = before.find((each) => each.type === one.type && each.status === one.status);
        return { ...one, lastTransitionTime: old?.lastTransitionTime ?? seconds() };
      });
      pod['status'] = { ...status, conditions };
    });
  }

  /** As an event; one that repeats itself is counted. */
  #warn(reason: string, message: string): void {
    const { uid } = this.#objects.get('Pod', this.name)?.metadata ?? {};
    const name = `${this.name}.${reason.toLowerCase()}`;
    const said = { type: 'Warning', reason, message, involvedObject: { kind: 'Pod', name: this.name, uid }, lastTimestamp: seconds() };
    if (this.#objects.get('Event', name)) this.#objects.update('Event', name, (copy) => Object.assign(copy, said));
    else this.#objects.create({ apiVersion: 'v1', kind: 'Event', metadata: { name }, ...said }, 'shop');
  }

  #over(): boolean {
    const pod = this.#objects.get('Pod', this.name);
    return this.#ending || !pod || pod.metadata.deletionTimestamp !== undefined;
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#objects.delete('Pod', this.name);
  }

  async #ended(): Promise<void> {
    while (!this.#over()) await this.#wait(1);
  }

  #wait(units: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, units * this.#dials.second));
  }
}

/** Whole seconds, cut, as the API has it. */
function seconds(): string {
  return new Date(Math.floor(Date.now() / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
