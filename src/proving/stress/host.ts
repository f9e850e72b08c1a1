// What the machine has left while a trial runs on it.
import { readFile, statfs } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { Bytes, Share } from '../../base/units.ts';

export interface HostReading {
  readonly cpu?: Share;
  readonly memory?: Bytes;
  readonly disk?: Bytes;
}

/** Each reading says how busy the processors were since the one before. What this machine does not tell is left out. */
export class Host {
  readonly #directory: string;
  #before = times();

  /** `directory`: on the disk that is watched. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async read(): Promise<HostReading> {
    const now = times();
    const [busy, all] = [now.busy - this.#before.busy, now.all - this.#before.all];
    this.#before = now;
    const [memory, disk] = await Promise.all([availableMemory(), freeDisk(this.#directory)]);
    return {
      ...(all > 0 && { cpu: busy / all }),
      ...(memory !== undefined && { memory }),
      ...(disk !== undefined && { disk }),
    };
  }
}

function times(): { readonly busy: number; readonly all: number } {
  let [busy, all] = [0, 0];
  for (const { times: of } of cpus()) {
    const total = of.user + of.nice + of.sys + of.irq + of.idle;
    all += total;
    busy += total - of.idle;
  }
  return { busy, all };
}

async function availableMemory(): Promise<Bytes | undefined> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const match = /^MemAvailable:\s+(\d+) kB$/m.exec(text);
  return match ? Number(match[1]) * 1024 : undefined;
}

async function freeDisk(directory: string): Promise<Bytes | undefined> {
  const found = await statfs(directory).catch(() => undefined);
  return found && found.bavail * found.bsize;
}
