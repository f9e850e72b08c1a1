// `codectl bench startup`: what a user waits for: help, and a daemon that is ready, each beside a bare Node.js in the same round.
import type { Bytes, Duration } from '../../base/units.ts';
import { residentMemory, timeProgram } from '../../platform/measure.ts';
import type { Programs } from './contenders/ours.ts';
import { Installation } from './contenders/ours.ts';
import type { Bench } from './report.ts';
import { atMost, contestant, ratio, report } from './report.ts';

export function startup(programs: Programs): Bench {
  const { node, cli } = programs;
  return {
    name: 'startup',
    summary: 'Help, and an engine that is ready, beside a bare Node.js',
    parameters: { rounds: 10 },
    run: async ({ parameters, progress, signal }) => {
      const { rounds = 0 } = parameters;
      const samples = { bare: [] as Duration[], help: [] as Duration[], ready: [] as Duration[], memory: [] as Bytes[] };
      await timeProgram([node, cli, '--help'], process.env, signal); // fills the compile cache, as a user's first call would
      for (let round = 1; round <= rounds; round += 1) {
        progress(`round ${round} of ${rounds}`);
        samples.bare.push(await timeProgram([node, '-e', '0'], process.env, signal));
        samples.help.push(await timeProgram([node, cli, '--help'], process.env, signal));
        const started = performance.now();
        const installation = await Installation.start(programs, signal);
        samples.ready.push(performance.now() - started);
        const memory = residentMemory(installation.pid);
        if (memory !== undefined) samples.memory.push(memory / 2 ** 20);
        await installation.end();
      }
      return report('startup', parameters, {
        contestants: [
          contestant('node -e 0', 'ms', samples.bare),
          contestant('codectl --help', 'ms', samples.help, atMost(150)),
          contestant('daemon and gateway to ready', 'ms', samples.ready, atMost(1_000)),
          contestant('daemon resident memory when ready', 'MiB', samples.memory, atMost(120)),
        ],
        ratios: [
          ratio('codectl --help / node -e 0', samples.help, samples.bare),
          ratio('daemon and gateway to ready / node -e 0', samples.ready, samples.bare),
        ],
      });
    },
  };
}
