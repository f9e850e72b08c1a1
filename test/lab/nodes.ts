// Machines for a Swarm on one machine, each joined to a bridge.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { ip, LabNode } from './node.ts';

/** Of addresses that are set aside for benchmarks (RFC 2544), so that they are nobody's network; those above 250 are for `codectl bench`. */
const nets = Array.from({ length: 10 }, (_, index) => `198.18.${249 - index}`);

/** One that this machine has no address in: what a lab that was killed has left would take the packets of the next. */
function freeNet(): string {
  const taken = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  const free = nets.find((net) => !taken.some((address) => address.startsWith(`${net}.`)));
  if (free === undefined)
    throw new Error(
      `labs that were killed have left their bridges: ip link del each that has an address in ${nets.at(-1)}.0 to ${nets[0]}.0`,
    );
  return free;
}

/** A bridge to which this machine and its nodes are joined. */
export class NodeLab {
  /** This machine's, as its nodes see it. */
  readonly address: string;
  /** For `--insecure-registry`. */
  readonly network: string;
  /** Of the bridge; names of all that belongs to it begin so. */
  readonly name: string;
  readonly #net = freeNet();
  readonly #mark: string;
  readonly #undo: (() => Promise<unknown>)[] = [];
  readonly #nodes: LabNode[] = [];
  #count = 1;

  private constructor(mark: string) {
    this.#mark = mark;
    this.name = `cl-${mark}`;
    this.address = `${this.#net}.1`;
    this.network = `${this.#net}.0/24`;
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

  async #bridge(): Promise<void> {
    await ip('link', 'add', this.name, 'type', 'bridge');
    this.#undo.push(() => ip('link', 'del', this.name));
    await ip('addr', 'add', `${this.address}/24`, 'dev', this.name);
    await ip('link', 'set', this.name, 'up');
    // Otherwise what crosses the bridge is held up by rules for what is routed, and nodes cannot join. Absent where nobody filters bridges.
    await writeFile('/proc/sys/net/bridge/bridge-nf-call-iptables', '0').catch(() => undefined);
  }

  /** `more`: further words for its dockerd. */
  async node(more: readonly string[] = []): Promise<LabNode> {
    this.#count += 1;
    const name = `node${this.#count}`;
    const space = `${this.name}-${this.#count}`;
    const [port, card] = [`cl${this.#mark}${this.#count}o`, `cl${this.#mark}${this.#count}i`];
    const address = `${this.#net}.${this.#count}`;
    await ip('netns', 'add', space);
    this.#undo.push(() => ip('netns', 'del', space));
    await ip('link', 'add', port, 'type', 'veth', 'peer', 'name', card, 'netns', space);
    // The kernel may keep a namespace for a while, and with it the other end.
    this.#undo.push(() => ip('link', 'del', port));
    await ip('link', 'set', port, 'master', this.name, 'up');
    const within = (...args: readonly string[]) => ip('-n', space, ...args);
    await within('addr', 'add', `${address}/24`, 'dev', card);
    await within('link', 'set', card, 'up');
    await within('link', 'set', 'lo', 'up');
    await within('route', 'add', 'default', 'via', this.address);
    const node = await LabNode.open({ name, address, space, card, port }, more);
    this.#nodes.push(node);
    return node;
  }

  /** The nodes, and then, what was made last first, the network that they had. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map(({ engine }) => engine[Symbol.asyncDispose]().catch(() => undefined)));
    for (const undo of this.#undo.splice(0).reverse()) await undo().catch(() => undefined);
  }
}
