// `codectl bench rollback`: going back at full load. Who of the users notices it, beside the time before the release was shipped?
import { join } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import type { Duration } from '../../base/units.ts';
import { writeFileAtomic } from '../../platform/files.ts';
import type { TrafficReport } from '../load/traffic.ts';
import { quantile, Traffic } from '../load/traffic.ts';
import { told, writeApplication } from './contenders/application.ts';
import { until } from './contenders/contender.ts';
import type { Programs } from './contenders/ours.ts';
import { Installation } from './contenders/ours.ts';
import type { Bench, BenchCall, Contestant } from './report.ts';
import { atMost, contestant, ratio, report } from './report.ts';

/** From where one goes back: a release that has been live, or one that has half of the traffic. */
const stories = ['of a release that is live', 'in the middle of a canary'] as const;
type Story = (typeof stories)[number];

interface Seen {
  /** Until nobody is answered by the release that was given up. */
  readonly time: Duration;
  readonly before: TrafficReport;
  readonly during: TrafficReport;
}

const steps = '[{ weight: 50%, pause: true }, 100%]';

const manifest = (replicas: number, strategy: string): string => `application: bench
services:
  web:
    run: { command: [node, server.js], directory: ./application }
    port: 8080
    replicas: ${replicas}
    probe: { path: /healthz, interval: 100ms, timeout: 10s, passes: 1, fails: 3, deadline: 5m }
    stop: { drain: 30s, grace: 10s }
    strategy: ${strategy}
    routes: [{ host: "*", path: / }]
`;

const notes = [
  'Two windows: before, of steady traffic to the release that is gone back to; during, at least as long, from the command to go back on, with everything that it starts, shifts, drains and stops. Half of the requests come on kept connections, half on a connection each.',
  'Load, engine and application share the machine; latencies count from the moment at which a request was due. Promised is that neither p99 nor failures are worse than before.',
];

export function rollback(programs: Programs): Bench {
  return {
    name: 'rollback',
    summary: 'Going back at full load, of a release that is live and in the middle of a canary',
    parameters: { rounds: 5, replicas: 4, rate: 400, seconds: 10 },
    run: async (call) => {
      const installation = await Installation.start(programs, call.signal);
      const found = new Map<Story, Seen[]>(stories.map((story) => [story, []]));
      try {
        for (let round = 1; round <= (call.parameters['rounds'] ?? 0); round += 1)
          for (const story of stories) {
            call.progress(`round ${round} of ${call.parameters['rounds']}: ${story}`);
            found.get(story)?.push(await goBack(installation, story, round, call));
          }
      } finally {
        await installation.end();
      }
      const all = [...found].filter(([, seen]) => seen.length > 0);
      return report('rollback', call.parameters, {
        contestants: all.flatMap(([story, seen]) => contestantsOf(story, seen)),
        ratios: all.map(([story, seen]) =>
          ratio(`${story}: p99 during / before`, seen.map(p99Of('during')), seen.map(p99Of('before')), atMost(1)),
        ),
        notes: [...notes, ...all.flatMap(([story, seen]) => whyOf(story, seen))],
      });
    },
  };
}

async function goBack(installation: Installation, story: Story, round: number, { parameters, signal }: BenchCall): Promise<Seen> {
  const { replicas = 1, rate = 0, seconds = 0 } = parameters;
  const ship = async (version: string, strategy: string, more: readonly string[] = []): Promise<void> => {
    const file = join(installation.root, 'code.yaml');
    await writeApplication(join(installation.root, 'application'), version);
    await writeFileAtomic(file, manifest(replicas, strategy));
    await installation.codectl(['deploy', '-f', file, '--yes', '--wait-for-lock', '2m', ...more], signal);
  };
  const [good, bad] = [`good-${story.length}-${round}`, `bad-${story.length}-${round}`];
  await ship(good, '{ kind: rolling, bake: 0s }');
  const before = await under(installation, rate, async () => systemClock.sleep(seconds * 1_000, signal), signal);
  if (story === 'in the middle of a canary') {
    await ship(bad, `{ kind: canary, steps: ${steps}, bake: 0s }`, ['--no-wait']);
    await under(installation, rate, (answered) => until('the canary to answer', () => answered(bad) > 0 || undefined, signal), signal);
  } else await ship(bad, '{ kind: rolling, bake: 0s }');
  let time = Number.NaN;
  const during = await under(
    installation,
    rate,
    async (answered) => {
      const started = performance.now();
      await installation.codectl(await backBy(installation, story, signal), signal);
      await until('the old release to have all of the traffic', () => answered.last(50, good) || undefined, signal);
      time = performance.now() - started;
      await systemClock.sleep(Math.max(0, seconds * 1_000 - time), signal);
    },
    signal,
  );
  return { time, before, during };
}

/** The command that goes back. */
async function backBy(installation: Installation, story: Story, signal: AbortSignal): Promise<readonly string[]> {
  if (story === 'of a release that is live') return ['rollback', '--app', 'bench', '--env', 'default', '--yes'];
  const listed = await installation.codectl(['history', '--app', 'bench', '--env', 'default', '--limit', '1', '--json'], signal);
  const { deployments } = JSON.parse(listed) as { readonly deployments: readonly { readonly id: string }[] };
  return ['abort', deployments[0]?.id ?? '', '--no-wait'];
}

/** Answers of a version so far; `last`: whether the newest so many are all of it. */
interface Answered {
  (version: string): number;
  last(count: number, version: string): boolean;
}

async function under(
  installation: Installation,
  rate: number,
  work: (answered: Answered) => Promise<unknown>,
  signal: AbortSignal,
): Promise<TrafficReport> {
  const { listening: target } = await installation.routes(signal);
  const versions: string[] = [];
  const streams = [true, false].map(
    (keepAlive) =>
      new Traffic({
        target,
        rate: rate / 2,
        keepAlive,
        timeout: 30_000,
        plans: [{ method: 'GET', path: '/', route: 'bench.localhost' }],
        onExchange: ({ headers }) => versions.push(headers[told.version] ?? ''),
      }),
  );
  const answered = Object.assign((version: string) => versions.filter((one) => one === version).length, {
    last: (count: number, version: string) => versions.length >= count && versions.slice(-count).every((one) => one === version),
  });
  try {
    await work(answered);
  } finally {
    await Promise.all(streams.map((one) => one.stop()));
  }
  // Those that have ended tell the same again.
  return together(await Promise.all(streams.map((one) => one.stop())));
}

function together(reports: readonly TrafficReport[]): TrafficReport {
  const sum = (value: (one: TrafficReport) => number) => reports.reduce((total, one) => total + value(one), 0);
  const sorted = (value: (one: TrafficReport) => readonly number[]) => reports.flatMap(value).toSorted((a, b) => a - b);
  return {
    sent: sum(({ sent }) => sent),
    succeeded: sum(({ succeeded }) => succeeded),
    failed: sum(({ failed }) => failed),
    failures: Object.assign({}, ...reports.map(({ failures }) => failures)) as TrafficReport['failures'],
    versions: {},
    latencies: sorted(({ latencies }) => latencies),
    delays: sorted(({ delays }) => delays),
  };
}

function whyOf(story: Story, seen: readonly Seen[]): readonly string[] {
  const reasons = seen.flatMap(({ during }) => Object.entries(during.failures).map(([name, count]) => `${count} × ${name}`));
  return reasons.length === 0 ? [] : [`${story}, failures: ${reasons.join(', ')}.`];
}

const p99Of =
  (window: 'before' | 'during') =>
  (seen: Seen): Duration =>
    quantile(seen[window].latencies, 0.99);

function contestantsOf(story: Story, seen: readonly Seen[]): readonly Contestant[] {
  const each = (what: string, unit: string, value: (one: Seen) => number) => contestant(`${story}: ${what}`, unit, seen.map(value));
  const total = (what: string, value: (one: Seen) => number) =>
    contestant(`${story}: ${what}`, '', [seen.reduce((sum, one) => sum + value(one), 0)]);
  return [
    each('command to the last answer of the release that is given up', 'ms', ({ time }) => time),
    total('requests while going back', ({ during }) => during.sent),
    total('failed requests before', ({ before }) => before.failed),
    { ...total('failed requests while going back', ({ during }) => during.failed), target: atMost(0) },
    each('p99 before', 'ms', p99Of('before')),
    each('p99 while going back', 'ms', p99Of('during')),
    each('how late the load generator was itself meanwhile, p99', 'ms', ({ during }) => quantile(during.delays, 0.99)),
  ];
}
