// A Docker Engine for one trial: its own data, socket, bridge and Swarm, so that nothing of the machine's own Docker is touched.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CodeError } from '../../../../base/errors.ts';
import { randomText } from '../../../../base/ids.ts';
import { removeTree, writeFileAtomic } from '../../../../platform/files.ts';
import { answersOnSocket, localRequest } from '../../../../platform/local-socket.ts';
import type { Child } from '../../../../platform/process/child.ts';
import { startChild } from '../../../../platform/process/child.ts';
import { programPath } from '../../proxies/proxy.ts';
import { environment, run, scratch, until } from '../contender.ts';

/** What its networks are named after inside; tasks are asked for by this name. */
export const network = 'bench';

/** Of addresses that are set aside for benchmarks (RFC 2544), so that they are nobody's network. */
const subnet = '198.18.251.0/24';

/** One task of a service, as the Engine tells it. */
export interface Task {
  readonly ID: string;
  readonly Spec: { readonly ContainerSpec: { readonly Image: string } };
  readonly Status: { readonly State: string; readonly ContainerStatus?: { readonly PID?: number } };
}

/** Why no Engine of our own can be started here; undefined where it can. */
export function whyNoSwarm(): string | undefined {
  if (['dockerd', 'docker', 'haproxy'].some((program) => programPath(program) === undefined))
    return 'not installed; apt-get install docker.io haproxy';
  if (process.getuid?.() !== 0) return 'a Docker Engine of its own takes root';
  if (existsSync('/sys/class/net/docker_gwbridge')) return 'another Swarm is at work on this machine, at the port that each needs';
  return undefined;
}

export class PrivateDocker {
  readonly root: string;
  /** Where it answers. */
  readonly socket: string;
  readonly #engine: Child;

  private constructor(root: string, engine: Child) {
    this.root = root;
    this.socket = join(root, 'docker.sock');
    this.#engine = engine;
  }

  /** Starts it as a Swarm of one node with one attachable network. Errors: `internal` with the last words of what did not work. */
  static async start(signal: AbortSignal): Promise<PrivateDocker> {
    const root = await scratch();
    const file = (name: string) => join(root, name);
    await writeFileAtomic(file('daemon.json'), '{}');
    const places = ['--config-file', file('daemon.json'), '--data-root', file('data'), '--exec-root', file('run')];
    const addresses = ['--pidfile', file('docker.pid'), '--host', `unix://${file('docker.sock')}`];
    // What is outside of its containers is not its own.
    const apart = ['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--log-level', 'warn'];
    const args = [...places, ...addresses, ...apart];
    const engine = await startChild({ command: programPath('dockerd') ?? 'dockerd', args, cwd: root, env: environment() });
    const docker = new PrivateDocker(root, engine);
    try {
      await docker.#join(signal);
      return docker;
    } catch (thrown) {
      await docker.end();
      throw thrown;
    }
  }

  async #join(signal: AbortSignal): Promise<void> {
    await until('the Docker Engine to answer', () => this.#answers(signal), signal, 120_000);
    const bridge = `cb-${randomText(8)}`;
    const outside = ['--subnet', subnet, '--opt', `com.docker.network.bridge.name=${bridge}`];
    // Made beforehand, it is used instead of a bridge that a Swarm of the machine's own could have.
    await this.docker(['network', 'create', ...outside, 'docker_gwbridge'], signal);
    await this.docker(['swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1:29377'], signal);
    await this.docker(['network', 'create', '--driver', 'overlay', '--attachable', network], signal);
  }

  async #answers(signal: AbortSignal): Promise<true | undefined> {
    if (this.#engine.hasEnded())
      throw new CodeError('internal', `dockerd ended while it started: ${this.#engine.output().trim().slice(-1_000)}`);
    return (await answersOnSocket(this.socket, '/_ping', 2_000, signal)) || undefined;
  }

  /** Its own command line. Errors: `internal` with the command's last words when it does not end with 0. */
  async docker(args: readonly string[], signal: AbortSignal): Promise<string> {
    // The builder that needs no plugin.
    const env = environment({ DOCKER_BUILDKIT: '0', DOCKER_CONFIG: join(this.root, 'client') });
    const [program, host] = [programPath('docker') ?? 'docker', `unix://${this.socket}`];
    return (await run([program, '--host', host, ...args], { cwd: this.root, env }, signal)).trim();
  }

  /** Those of every service. */
  async tasks(signal: AbortSignal): Promise<readonly Task[]> {
    return (await this.#ask('/v1.41/tasks', signal)) as readonly Task[];
  }

  /** Where containers can be reached from outside, by the name of each. */
  async addresses(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const answer = await this.#ask('/v1.41/networks/docker_gwbridge', signal);
    const { Containers: containers } = answer as { readonly Containers: Readonly<Record<string, { readonly IPv4Address: string }>> };
    return new Map(Object.entries(containers).map(([id, { IPv4Address: address }]) => [id, address.split('/')[0] ?? '']));
  }

  async #withoutBridge(signal: AbortSignal): Promise<true | undefined> {
    const named = ['network', 'ls', '--quiet', '--filter', 'name=docker_gwbridge'];
    await this.docker(['network', 'rm', 'docker_gwbridge'], signal).catch(() => undefined);
    return (await this.docker(named, signal)) === '' || undefined;
  }

  async #ask(path: string, signal: AbortSignal): Promise<unknown> {
    const { status, text } = await localRequest({ socketPath: this.socket, method: 'GET', path, signal });
    if (status !== 200) throw new CodeError('internal', `The Docker Engine answered ${path} with ${status}: ${text.slice(0, 1_000)}`);
    return JSON.parse(text);
  }

  /** Leaves the Swarm, ends every container and the Engine, deletes its bridge and its files. */
  async end(): Promise<void> {
    const signal = AbortSignal.timeout(240_000);
    try {
      if (!this.#engine.hasEnded()) {
        const containers = await this.docker(['ps', '--all', '--quiet', '--filter', 'label=codectl-bench'], signal);
        if (containers !== '') await this.docker(['rm', '--force', ...containers.split('\n')], signal);
        // Fails where there is none yet.
        await this.docker(['swarm', 'leave', '--force'], signal).catch(() => undefined);
        // Services' containers go later, and hold the bridge; left behind, it would take the addresses of the next Engine's.
        await until('the last container to leave the bridge', () => this.#withoutBridge(signal), signal, 60_000);
      }
    } finally {
      await this.#engine.stop(120_000);
      await removeTree(this.root);
    }
  }
}
