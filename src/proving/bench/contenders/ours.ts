// Our own engine as a contender: a real daemon and gateway on an empty home, told by the CLI as a user would.
import { join } from 'node:path';
import { CodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import { startDaemon } from '../../../platform/daemonize.ts';
import { ensureDirectory, removeTree, writeFileAtomic } from '../../../platform/files.ts';
import type { ApiClient } from '../../../platform/http/client.ts';
import { createApiClient } from '../../../platform/http/client.ts';
import { answersOnSocket } from '../../../platform/local-socket.ts';
import type { Target } from '../../load/traffic.ts';
import { writeApplication } from './application.ts';
import type { Contender, Entrant } from './contender.ts';
import { environment, own, run, scratch } from './contender.ts';

/** How the product's own programs are started. */
export interface Programs {
  readonly node: string;
  /** The CLI's entry. */
  readonly cli: string;
  readonly daemon: readonly [string, ...string[]];
  readonly gateway: readonly [string, ...string[]];
}

/** Starting takes a tenth of this on a slow machine. */
const startWithin = 30_000;

/** A daemon with its gateway on a home of its own. */
export class Installation {
  readonly root: string;
  readonly pid: number;
  readonly #programs: Programs;
  readonly #api: ApiClient;

  private constructor(programs: Programs, root: string, pid: number) {
    this.#programs = programs;
    this.root = root;
    this.pid = pid;
    this.#api = createApiClient({ kind: 'socket', path: join(root, 'home', 'daemon.sock') });
  }

  /** Resolves when the daemon answers. `settings`: beside the usual ones. Errors: `daemon_unavailable` with its last words. */
  static async start(programs: Programs, signal: AbortSignal, settings: Readonly<Record<string, string>> = {}): Promise<Installation> {
    const root = await scratch();
    const home = join(root, 'home');
    await ensureDirectory(home);
    const wished = { gateway_listen: '127.0.0.1:0', api_listen: '127.0.0.1:0', ...settings };
    const set = Object.entries(wished).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    const started = await startDaemon(
      {
        command: [...programs.daemon, '--home', home, ...set],
        environment: environment(),
        logFile: join(home, 'daemon.log'),
        ready: (wait) => answersOnSocket(join(home, 'daemon.sock'), '/healthz', 2_000, wait),
      },
      // Not cut short by `signal`: a daemon half started could not be found again.
      AbortSignal.timeout(startWithin),
    );
    if (started.kind === 'ended') {
      await removeTree(root);
      throw new CodeError('daemon_unavailable', `The daemon ended while it started: ${started.stderr}`);
    }
    const installation = new Installation(programs, root, started.pid);
    if (signal.aborted) await installation.end();
    signal.throwIfAborted();
    return installation;
  }

  /** Errors: `internal` with the command's last words when it does not end with 0. */
  codectl(args: readonly string[], signal: AbortSignal): Promise<string> {
    const { node, cli } = this.#programs;
    return run([node, cli, '--home', join(this.root, 'home'), ...args], { cwd: this.root, env: environment() }, signal);
  }

  async routes(signal: AbortSignal): Promise<{ readonly listening: Target; readonly instances: number }> {
    const answer = await this.#api.json({ method: 'GET', path: '/v1/traffic.routes', signal });
    const { listening, routes } = answer as {
      readonly listening: string;
      readonly routes: readonly { readonly releases: readonly { readonly instances: readonly string[] }[] }[];
    };
    const at = listening.lastIndexOf(':');
    const instances = routes.flatMap((one) => one.releases).reduce((sum, one) => sum + one.instances.length, 0);
    return { listening: { host: listening.slice(0, at), port: Number(listening.slice(at + 1)) }, instances };
  }

  /** How many replicas are wanted of all services together. */
  async wanted(signal: AbortSignal): Promise<number> {
    const { environments } = (await this.#api.json({ method: 'GET', path: '/v1/apps.status', signal })) as {
      readonly environments: readonly { readonly services: readonly { readonly replicas: number }[] }[];
    };
    return environments.flatMap(({ services }) => services).reduce((sum, { replicas }) => sum + replicas, 0);
  }

  /** Takes part with the first version deployed. */
  async contend({ prepare, deploy }: Pick<Contender, 'prepare' | 'deploy'>, signal: AbortSignal): Promise<Contender> {
    await prepare('v0', signal);
    await deploy('v0', signal);
    const { listening } = await this.routes(signal);
    return {
      name: own,
      target: listening,
      prepare,
      deploy,
      routed: async (wait) => (await this.routes(wait)).instances,
      end: () => this.end(),
    };
  }

  /** Removes what is deployed, ends daemon and gateway, deletes the home. */
  async end(): Promise<void> {
    this.#api.close();
    try {
      await this.codectl(['down', '--all', '--yes'], AbortSignal.timeout(60_000));
    } finally {
      await removeTree(this.root);
    }
  }
}

const program = 'run: { command: [node, server.js], directory: ./application }';

/** `source`: the line that says what is run. */
export const manifest = (replicas: number, source = program): string => `application: bench
services:
  web:
    ${source}
    port: 8080
    replicas: ${replicas}
    probe: { path: /healthz, interval: ${probeEvery(replicas)}ms, timeout: 2s, passes: 1, fails: 3, deadline: 5m }
    stop: { drain: 10s, grace: 10s }
    strategy: { kind: rolling, surge: ${surgeOf(replicas)}, bake: 0s }
    routes: [{ host: "*", path: / }]
`;

/** At most fifty probes a second in all, which at fifty replicas is the default: more would be a load of its own on a small machine. */
function probeEvery(replicas: number): Duration {
  return Math.max(100, 20 * replicas);
}

/** How many are replaced at a time, ours and the peers' alike: a fifth. */
export function surgeOf(replicas: number): number {
  return Math.ceil(replicas / 5);
}

export function ours(programs: Programs): Entrant {
  return {
    name: own,
    open: async (replicas, signal) => {
      const installation = await Installation.start(programs, signal);
      const prepare = (version: string) => writeApplication(join(installation.root, 'application'), version);
      const deploy = async (_: string, wait: AbortSignal): Promise<void> => {
        await installation.codectl(['deploy', '-f', join(installation.root, 'code.yaml'), '--yes'], wait);
      };
      try {
        await writeFileAtomic(join(installation.root, 'code.yaml'), manifest(replicas));
        return await installation.contend({ prepare, deploy }, signal);
      } catch (thrown) {
        await installation.end();
        throw thrown;
      }
    },
  };
}
