// Times whole programs from outside and reads what they weigh.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Bytes, Duration } from '../base/units.ts';

/** From the start to the end of a program whose output is thrown away. Rejects when it does not exit with 0. */
export function timeProgram(
  [program, ...args]: readonly [string, ...string[]],
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Duration> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(program, args, { stdio: 'ignore', env: environment, signal });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve(performance.now() - started) : reject(new Error(`${program} ${args.join(' ')} ended with ${code}`)),
    );
  });
}

/** Resident memory of a process; `undefined` where /proc does not tell. */
export function residentMemory(pid: number): Bytes | undefined {
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match ? Number(match[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory: Bytes;
  /** Programs that wanted a core, on average over the last minute: more than there are cores means that times are not to be trusted, ratios less. */
  readonly load: number;
  readonly system: string;
  readonly node: string;
}

export function thisMachine(): Machine {
  const [first] = cpus();
  return {
    cpu: first?.model ?? 'unknown',
    cores: cpus().length,
    memory: totalmem(),
    load: loadavg()[0] ?? Number.NaN,
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.versions.node,
  };
}

let collect: (() => void) | undefined;

/** What is in use of this process's heap, after everything that nobody refers to was collected. */
export function collectedHeap(): Bytes {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  return process.memoryUsage().heapUsed;
}
