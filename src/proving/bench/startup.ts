// `codectl bench startup`: what a user waits for: help, and a daemon that is ready, each beside a bare Node.js in the same round.
import type { Bytes, Duration } from '../../base/units.ts';
import { residentMemory, thisMachine, timeProgram } from '../../platform/measure.ts';
import type { BenchReport } from './report.ts';
import { contestant, ratio } from './report.ts';

export interface StartupOptions {
  readonly node: string;
  /** The CLI's entry. */
  readonly cli: string;
  readonly rounds: number;
  /** Starts a daemon on an empty home and ends it again; told by `main/`, which knows how. */
  readonly daemon: (signal: AbortSignal) => Promise<{ readonly pid: number; end(): Promise<void> }>;
}

export async function benchStartup(options: StartupOptions, signal: AbortSignal): Promise<BenchReport> {
  const samples = { bare: [] as Duration[], help: [] as Duration[], ready: [] as Duration[], memory: [] as Bytes[] };
  const { node, cli, rounds } = options;
  await timeProgram([node, cli, '--help'], process.env, signal); // fills the compile cache, as a user's first call would
  for (let round = 0; round < rounds; round += 1) {
    samples.bare.push(await timeProgram([node, '-e', '0'], process.env, signal));
    samples.help.push(await timeProgram([node, cli, '--help'], process.env, signal));
    const started = performance.now();
    const daemon = await options.daemon(signal);
    samples.ready.push(performance.now() - started);
    const memory = residentMemory(daemon.pid);
    if (memory !== undefined) samples.memory.push(memory / 2 ** 20);
    await daemon.end();
  }
  return {
    bench: 'startup',
    at: new Date().toISOString(),
    parameters: { rounds },
    machine: thisMachine(),
    contestants: [
      contestant('node -e 0', 'ms', samples.bare),
      contestant('codectl --help', 'ms', samples.help),
      contestant('daemon to ready', 'ms', samples.ready),
      contestant('daemon resident memory', 'MiB', samples.memory),
    ],
    ratios: [
      ratio('codectl --help / node -e 0', samples.help, samples.bare),
      ratio('daemon to ready / node -e 0', samples.ready, samples.bare),
    ],
  };
}
