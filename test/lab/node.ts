// One machine of a lab: in namespaces of its own a Docker Engine, which can lose its cable, its network or its power.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Dockerd } from './dockerd.ts';

const run = promisify(execFile);
const environment = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };

export const ip = (...args: readonly string[]) => run('ip', args, { env: environment });

interface Place {
  readonly name: string;
  readonly address: string;
  /** Its network namespace. */
  readonly space: string;
  /** Its network card, and the port of the bridge that this is plugged into. */
  readonly card: string;
  readonly port: string;
}

export class LabNode {
  readonly name: string;
  readonly address: string;
  readonly engine: Dockerd;
  readonly #place: Place;

  private constructor(place: Place, engine: Dockerd) {
    this.name = place.name;
    this.address = place.address;
    this.#place = place;
    this.engine = engine;
  }

  /** In a network namespace that is there. `more`: further words for its dockerd. */
  static async open(place: Place, more: readonly string[]): Promise<LabNode> {
    // Engines keep names of sandboxes and sockets at fixed places: each gets its own view of those.
    const begin = `hostname ${place.name}; for p in /run/docker /run/containerd; do mkdir -p $p && mount -t tmpfs tmpfs $p; done; exec dockerd "$@"`;
    const apart = ['unshare', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const command = ['nsenter', `--net=/var/run/netns/${place.space}`, ...apart, 'sh', '-c', begin, 'dockerd'];
    return new LabNode(place, await Dockerd.open(more, { command, apart: true }));
  }

  /** Takes it from the network, or gives it back: its neighbours see that the cable is out. */
  async plug(connected: boolean): Promise<void> {
    await ip('link', 'set', this.#place.port, connected ? 'up' : 'down');
  }

  /** Nothing comes to it and nothing from it, and nobody is told; or all does again. */
  async isolate(apart: boolean): Promise<void> {
    const { space, card } = this.#place;
    for (const [chain, way] of [
      ['INPUT', '-i'],
      ['OUTPUT', '-o'],
    ] as const)
      await run('nsenter', [`--net=/var/run/netns/${space}`, 'iptables', apart ? '-I' : '-D', chain, way, card, '-j', 'DROP'], {
        env: environment,
      });
  }
}
