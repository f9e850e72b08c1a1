// `codectl bench scale`: the load steps to four times what it was: when does the first new replica answer, when all that are needed? And does a wave make it flap?
import { join } from 'node:path';
import type { Duration } from '../../../base/units.ts';
import { writeFileAtomic } from '../../../platform/files.ts';
import type { Exchange } from '../../load/traffic.ts';
import { quantile, Traffic } from '../../load/traffic.ts';
import { told, writeApplication } from '../contenders/application.ts';
import { until } from '../contenders/contender.ts';
import type { Programs } from '../contenders/ours.ts';
import { Installation } from '../contenders/ours.ts';
import type { Bench } from '../report.ts';
import { atMost, contestant, report } from '../report.ts';
import type { Swung } from './swing.ts';
import { swing } from './swing.ts';
import { computedWave, reversalsIn } from './wave.ts';

interface Step {
  /** From the step to the first answer of a replica that was not there before, seconds. */
  readonly first: number;
  /** The same without the application's own time from its start to listening. */
  readonly beyondStart: number;
  /** To the first answer of the last one that the load needs. */
  readonly all: number;
  readonly failed: number;
}

/** Replicas that four times the load needs. */
const needed = 4;
/** Of one replica's target, what the load before the step is. */
const fill = 0.9;

const manifest = (rate: number, down: string): string => `application: bench
services:
  web:
    run: { command: [node, server.js], directory: ./application }
    port: 8080
    probe: { path: /healthz, interval: 100ms, timeout: 2s, passes: 1, fails: 3, deadline: 30s }
    stop: { drain: 5s, grace: 5s }
    strategy: { kind: rolling, bake: 0s }
    routes: [{ host: "*", path: / }]
    scale: { min: 1, max: 6, targets: { requests_per_second: ${rate / fill} }${down} }
`;

const notes = [
  'Measured from outside: a replica is there when its first answer arrives. Default settings but for the window for scaling down, which is 3 s here, so that rounds need not wait five minutes for each other.',
  'For comparison, not measured here: 38.5 s is published for the Kubernetes HorizontalPodAutoscaler after such a step.',
  'The wave of ten minutes is computed: the function that decides is asked once a second in a time that nobody waited for; it swings between one and five replicas each minute. The other one is real, between one and four times the rate with the period that is given in seconds; what counts is what the engine wanted, five times a second. Both have the default window.',
];

export function scale(programs: Programs): Bench {
  return {
    name: 'scale',
    summary: 'A load that steps to four times what it was, and one that swings',
    parameters: { rounds: 10, rate: 50, wave: 48, period: 12 },
    run: async ({ parameters, progress, signal }) => {
      const { rounds = 0, rate = 50, wave = 0, period = 12 } = parameters;
      const installation = await Installation.start(programs, signal);
      const steps: Step[] = [];
      let swung: Swung | undefined;
      try {
        await writeApplication(join(installation.root, 'application'), 'v1');
        await deploy(installation, manifest(rate, ', down: { window: 3s }'), signal);
        for (let round = 1; round <= rounds; round += 1) {
          progress(`step ${round} of ${rounds}`);
          steps.push(await stepOnce(installation, rate, signal));
        }
        if (wave > 0) {
          progress(`a wave of ${wave} s`);
          await deploy(installation, manifest(rate, ''), signal);
          swung = await swing(installation, { rate, seconds: wave, period }, signal);
        }
      } finally {
        await installation.end();
      }
      const first = steps.map((one) => one.first);
      const computed = computedWave();
      return report('scale', parameters, {
        contestants: [
          contestant('step to the first answer of a new replica', 's', first),
          contestant(
            "the same beyond the application's own start",
            's',
            steps.map((one) => one.beyondStart),
          ),
          contestant('step to the first answer, 95th percentile', 's', first.length === 0 ? [] : [highest(first)], atMost(5)),
          contestant(
            'step to the first answer of the last needed replica',
            's',
            steps.map((one) => one.all),
          ),
          contestant(
            'failed requests a step',
            '',
            steps.map((one) => one.failed),
            atMost(0),
          ),
          contestant(`changes of direction in a real wave of ${wave} s`, '', swung ? [reversalsIn(swung.sizes)] : [], atMost(0)),
          contestant('the most replicas in it', '', swung ? [Math.max(...swung.sizes)] : []),
          contestant('requests in it', '', swung ? [swung.requests] : []),
          contestant('failed requests in it', '', swung ? [swung.failed] : [], atMost(0)),
          contestant('changes of direction in a computed wave of 10 min', '', [reversalsIn(computed.sizes)], atMost(0)),
          contestant('seconds below what was needed in the computed one', 's', [computed.below]),
        ],
        ratios: [],
        notes,
      });
    },
  };
}

async function deploy(installation: Installation, text: string, signal: AbortSignal): Promise<void> {
  const file = join(installation.root, 'code.yaml');
  await writeFileAtomic(file, text);
  await installation.codectl(['deploy', '-f', file, '--yes'], signal);
}

/** The nearest rank at or above 95 %: with few samples the largest. */
function highest(samples: readonly number[]): number {
  return quantile(
    samples.toSorted((a, b) => a - b),
    0.95,
  );
}

async function stepOnce(installation: Installation, rate: number, signal: AbortSignal): Promise<Step> {
  const { listening: target } = await installation.routes(signal);
  const exchanges: Exchange[] = [];
  const send = (perSecond: number): Traffic =>
    new Traffic({
      target,
      rate: perSecond,
      keepAlive: true,
      timeout: 10_000,
      plans: [{ method: 'GET', path: '/', route: 'bench.localhost' }],
      onExchange: (exchange) => exchanges.push(exchange),
    });
  const usual = send(rate);
  try {
    await until(
      'one replica to be left',
      async () => ((await installation.routes(signal)).instances === 1 ? true : undefined),
      signal,
      120_000,
    );
    const from = exchanges.length;
    await until('it to be measured', () => (exchanges.length - from > 2 * rate ? true : undefined), signal);
    const before = new Set(exchanges.slice(from).flatMap(({ headers }) => headers[told.process] ?? []));
    const more = send((needed - 1) * rate);
    const step = exchanges.length;
    // A stall of this machine may have made the load look larger for a moment, and brought a replica early.
    const missing = Math.max(1, needed - before.size);
    const started = performance.now();
    try {
      const fresh = await until('all replicas to answer', () => freshIn(exchanges.slice(step), before, missing), signal, 60_000);
      const times = fresh.map((one) => (one.ended - started) / 1_000);
      const first = times[0] ?? Number.NaN;
      const beyondStart = first - (fresh[0]?.boot ?? Number.NaN) / 1_000;
      return { first, beyondStart, all: times.at(-1) ?? Number.NaN, failed: usual.failed + more.failed };
    } finally {
      await more.stop();
    }
  } finally {
    await usual.stop();
  }
}

interface Fresh {
  readonly ended: Duration;
  /** From its start to listening. */
  readonly boot: Duration;
}

/** When each of the first `count` new processes answered first; undefined until there are as many. */
function freshIn(exchanges: readonly Exchange[], before: ReadonlySet<string>, count: number): readonly Fresh[] | undefined {
  const met = new Map<string, Fresh>();
  for (const { headers, ended } of exchanges) {
    const process = headers[told.process];
    if (process !== undefined && !before.has(process) && !met.has(process)) met.set(process, { ended, boot: Number(headers[told.boot]) });
  }
  return met.size < count ? undefined : [...met.values()].slice(0, count);
}
