// A Docker Engine of our own for tests: its data, its socket and its networks are nobody else's, and it touches no firewall.
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
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
  /** The command is a machine: all that it starts has a process namespace of its own, with the Engine as its first process. */
  readonly apart?: boolean;
  readonly disk?: number;
}

/** One that was opened here is ended here; one that is only named by its directory is somebody else's to end. */
export class Dockerd extends DockerEngine {
  readonly directory: string;
  /** `docker_host` in the settings. */
  readonly host: string;
  readonly socket: string;
  readonly #more: readonly string[];
  readonly #machine: Machine;
  #process: ChildProcess | undefined;
  /** The Engine itself, where `#process` is what made its namespace and only waits for it. */
  #first: number | undefined;
  #closed = false;

  /** `command`: what it is started with in place of `dockerd`, for example inside of a network namespace. */
  constructor(directory: string, more: readonly string[] = [], machine: Machine = {}) {
    const socket = join(directory, 'docker.sock');
    super({ kind: 'socket', path: socket });
    this.directory = directory;
    this.#machine = machine;
    this.socket = socket;
    this.host = `unix://${this.socket}`;
    this.#more = more;
  }

  /** `more`: further words for its command line. `disk`: the size of a disk of its own, in MiB, which is in memory; absent: that of this machine. */
  static async open(more: readonly string[] = [], machine: Machine = {}): Promise<Dockerd> {
    const engine = new Dockerd(await mkdtemp(join(tmpdir(), 'codectl-docker-')), more, machine);
    await mkdir(engine.data);
    await writeFile(join(engine.directory, 'none.json'), '{}');
    try {
      if (machine.disk !== undefined) await engine.#mount(machine.disk);
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
    if (this.#closed) throw new Error('this Engine is gone');
    const at = (name: string) => join(this.directory, name);
    const places = ['--data-root', this.data, '--exec-root', at('exec'), '--pidfile', at('docker.pid'), '--config-file', at('none.json')];
    const quiet = ['--bridge', 'none', '--iptables=false', '--ip-masq=false', '--ip-forward=false', '--log-level', 'warn'];
    // More networks than there are by default, which bridges that a killed Engine left behind would soon have taken; private, since only such addresses are answered by inner names.
    const pool = ['--default-address-pool', 'base=10.219.0.0/16,size=24'];
    const [program = '', ...words] = this.#machine.command ?? ['dockerd'];
    const child = spawn(program, [...words, ...places, ...quiet, ...pool, '-H', this.host, ...this.#more], {
      stdio: 'ignore',
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
      // A signal that is meant for the tests must not end it before they have tidied up.
      detached: true,
    });
    this.#process = child;
    const answers = async () => {
      if (hasEnded(child)) throw new Error(`dockerd ended with ${child.exitCode ?? child.signalCode} while it started`);
      return this.get('/_ping').catch(() => undefined);
    };
    this.#first = undefined;
    await until(answers, (seen) => seen === 'OK');
    this.#first = await this.#firstOf(child);
  }

  async #firstOf({ pid = 0 }: ChildProcess): Promise<number | undefined> {
    return this.#machine.apart === true ? childOf(pid) : undefined;
  }

  /** SIGTERM; resolves when it is gone. Its containers end with it, as on any machine. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** As a machine that loses its power: all that runs on it ends in one moment, and `start` finds only what was on its disk. */
  async kill(): Promise<void> {
    if (this.#machine.apart !== true) throw new Error('only an Engine with a process namespace of its own can lose its power');
    await this.#end('SIGKILL');
    const containers = await readdir(join(this.data, 'containers')).catch((): string[] => []);
    await Promise.all([removeGroups(containers), rm(join(this.directory, 'exec'), { recursive: true, force: true, maxRetries: 10 })]);
    // It names a process of a machine that is no more.
    await rm(join(this.directory, 'docker.pid'), { force: true });
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (!child || hasEnded(child)) return;
    const gone = once(child, 'exit');
    // What makes the namespace passes nothing on.
    const first = this.#first ?? (await this.#firstOf(child));
    if (first === undefined) child.kill(signal);
    else process.kill(first, signal);
    await gone;
  }

  async #mount(size: number): Promise<void> {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', this.data]);
  }

  /** Its disk, and what it did not give back when it ended, such as namespaces of networks of a Swarm. */
  async #unmount(): Promise<void> {
    const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
    const mine = mounts.filter((place) => place.startsWith(`${this.directory}/`));
    for (const place of mine.reverse()) await run('umount', ['-l', place]).catch(() => undefined);
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
    this.#closed = true;
    // What a machine of its own has made is gone with it.
    if (this.#machine.apart === true) await this.kill();
    // One that does not answer has nothing that could be tidied up through it.
    if (this.#process && !hasEnded(this.#process)) await this.#tidy().catch(() => undefined);
    await this.stop();
    await this.#unmount();
    await rm(this.directory, { recursive: true, force: true, maxRetries: 10 });
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function childOf(parent: number): Promise<number | undefined> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(all.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  // `PID (NAME) STATE PARENT …`, where the name may have brackets of its own.
  const found = stats.find((stat) => Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]) === parent);
  return found === undefined ? undefined : Number.parseInt(found, 10);
}

/** Control groups of containers outlive whoever had no time to remove them. */
async function removeGroups(containers: readonly string[]): Promise<void> {
  const root = '/sys/fs/cgroup';
  const places = ['.', ...(await readdir(root).catch((): string[] => []))];
  const groups = places.flatMap((place) => containers.map((one) => join(root, place, 'docker', one)));
  await Promise.all(groups.map((group) => rmdir(group).catch(() => undefined)));
}
