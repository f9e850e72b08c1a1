// A Docker Engine of our own for tests: its data, its socket and its networks are nobody else's, and it touches no firewall.
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DockerEngine } from '../../tools/docker/engine.ts';
import { until } from '../kit/until.ts';

const run = promisify(execFile);

/** Why this machine cannot have one; undefined when it can. */
export async function whyNoEngine(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'a Docker Engine of our own needs Linux';
  if (process.getuid?.() !== 0) return 'a Docker Engine of our own needs root';
  const places = (process.env['PATH'] ?? '').split(':').concat('/usr/sbin', '/sbin');
  const found = await Promise.all(
    places.map((place) =>
      access(join(place, 'dockerd')).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true) ? undefined : 'dockerd is not installed (Debian: apt-get install docker.io)';
}

interface Machine {
  readonly command?: readonly string[];
  readonly disk?: number;
}

/** One that was opened here is ended here; one that is only named by its directory is somebody else's to end. */
export class Dockerd extends DockerEngine {
  readonly directory: string;
  /** `docker_host` in the settings. */
  readonly host: string;
  readonly socket: string;
  readonly #more: readonly string[];
  readonly #command: readonly string[];
  #process: ChildProcess | undefined;
  #mounted = false;

  /** `command`: what it is started with in place of `dockerd`, for example inside of a network namespace. */
  constructor(directory: string, more: readonly string[] = [], command: readonly string[] = ['dockerd']) {
    const socket = join(directory, 'docker.sock');
    super({ kind: 'socket', path: socket });
    this.directory = directory;
    this.#command = command;
    this.socket = socket;
    this.host = `unix://${this.socket}`;
    this.#more = more;
  }

  /** `more`: further words for its command line. `disk`: the size of a disk of its own, in MiB, which is in memory; absent: that of this machine. */
  static async open(more: readonly string[] = [], { command, disk }: Machine = {}): Promise<Dockerd> {
    const engine = new Dockerd(await mkdtemp(join(tmpdir(), 'codectl-docker-')), more, command);
    await mkdir(engine.data);
    await writeFile(join(engine.directory, 'none.json'), '{}');
    try {
      if (disk !== undefined) await engine.#mount(disk);
      await engine.start();
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
    return engine;
  }

  /** Where it keeps everything. */
  get data(): string {
    return join(this.directory, 'data');
  }

  async start(): Promise<void> {
    const at = (name: string) => join(this.directory, name);
    const places = ['--data-root', this.data, '--exec-root', at('exec'), '--pidfile', at('docker.pid'), '--config-file', at('none.json')];
    const quiet = ['--bridge', 'none', '--iptables=false', '--ip-masq=false', '--ip-forward=false', '--log-level', 'warn'];
    // More networks than there are by default, which bridges that a killed Engine left behind would soon have taken (RFC 2544).
    const pool = ['--default-address-pool', 'base=198.19.0.0/16,size=24'];
    const [program = '', ...words] = this.#command;
    const child = spawn(program, [...words, ...places, ...quiet, ...pool, '-H', this.host, ...this.#more], {
      stdio: 'ignore',
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
      // A signal that is meant for the tests must not end it before they have tidied up.
      detached: true,
    });
    this.#process = child;
    const answers = async () => {
      if (child.exitCode !== null) throw new Error(`dockerd ended with code ${child.exitCode} while it started`);
      return this.get('/_ping').catch(() => undefined);
    };
    await until(answers, (seen) => seen === 'OK');
  }

  /** SIGTERM; resolves when it is gone. Its containers end with it, as on any machine. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }

  async #mount(size: number): Promise<void> {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', this.data]);
    this.#mounted = true;
  }

  /** Bridges outlive the Engine that made them: left behind, they take its addresses from the next one. */
  async #tidy(): Promise<void> {
    const [containers, networks] = await Promise.all([
      this.json<readonly { Id: string }[]>('/containers/json?all=1'),
      this.json<readonly { Id: string; Driver: string }[]>('/networks'),
    ]);
    for (const { Id } of containers) await this.send('DELETE', `/containers/${Id}?force=1`);
    for (const { Id, Driver } of networks) if (Driver === 'bridge') await this.send('DELETE', `/networks/${Id}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // One that does not answer has nothing that could be tidied up through it.
    if (this.#process?.exitCode === null) await this.#tidy().catch(() => undefined);
    await this.stop();
    if (this.#mounted) await run('umount', ['-l', this.data]);
    await rm(this.directory, { recursive: true, force: true, maxRetries: 10 });
  }
}
