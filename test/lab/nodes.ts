// Machines for a Swarm on one machine: each a network namespace on a bridge, with a Docker Engine and a host name of its own.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Dockerd } from './dockerd.ts';

const run = promisify(execFile);
const ip = (...args: readonly string[]) => run('ip', args, { env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } });

/** Of addresses that are set aside for benchmarks (RFC 2544), so that they are nobody's network. */
const net = '198.18.249';

export interface LabNode {
  readonly name: string;
  readonly address: string;
  readonly engine: Dockerd;
  /** Takes it from the network, or gives it back. */
  plug(connected: boolean): Promise<void>;
}

/** A bridge to which this machine and its nodes are joined. */
export class NodeLab {
  /** This machine's, as its nodes see it. */
  readonly address = `${net}.1`;
  /** For `--insecure-registry`. */
  readonly network = `${net}.0/24`;
  readonly #mark: string;
  readonly #undo: (() => Promise<unknown>)[] = [];
  #count = 1;

  private constructor(mark: string) {
    this.#mark = mark;
  }

  static async open(): Promise<NodeLab> {
    const lab = new NodeLab(randomBytes(3).toString('hex'));
    try {
      await lab.#bridge();
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  get #bridgeName(): string {
    return `cl-${this.#mark}`;
  }

  async #bridge(): Promise<void> {
    await ip('link', 'add', this.#bridgeName, 'type', 'bridge');
    this.#undo.push(() => ip('link', 'del', this.#bridgeName));
    await ip('addr', 'add', `${this.address}/24`, 'dev', this.#bridgeName);
    await ip('link', 'set', this.#bridgeName, 'up');
    // Otherwise what crosses the bridge is held up by rules for what is routed, and nodes cannot join. Absent where nobody filters bridges.
    await writeFile('/proc/sys/net/bridge/bridge-nf-call-iptables', '0').catch(() => undefined);
  }

  /** `more`: further words for its dockerd. */
  async node(more: readonly string[] = []): Promise<LabNode> {
    this.#count += 1;
    const name = `node${this.#count}`;
    const space = `${this.#bridgeName}-${this.#count}`;
    const [outer, inner] = [`cl${this.#mark}${this.#count}o`, `cl${this.#mark}${this.#count}i`];
    const address = `${net}.${this.#count}`;
    await ip('netns', 'add', space);
    this.#undo.push(() => ip('netns', 'del', space));
    await ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', space);
    await ip('link', 'set', outer, 'master', this.#bridgeName, 'up');
    const within = (...args: readonly string[]) => ip('-n', space, ...args);
    await within('addr', 'add', `${address}/24`, 'dev', inner);
    await within('link', 'set', inner, 'up');
    await within('link', 'set', 'lo', 'up');
    await within('route', 'add', 'default', 'via', this.address);
    // Engines keep names of sandboxes and sockets at fixed places: each gets its own view of those.
    const places = '/run/docker /run/containerd';
    const begin = `hostname ${name}; for p in ${places}; do mkdir -p $p && mount -t tmpfs tmpfs $p; done; exec dockerd "$@"`;
    const words = ['nsenter', `--net=/var/run/netns/${space}`, 'unshare', '-m', '-u', 'sh', '-c', begin, 'dockerd'];
    const engine = await Dockerd.open(more, { command: words });
    this.#undo.push(() => engine[Symbol.asyncDispose]());
    return { name, address, engine, plug: async (connected) => void (await ip('link', 'set', outer, connected ? 'up' : 'down')) };
  }

  /** What was made last goes first. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo().catch(() => undefined);
  }
}
