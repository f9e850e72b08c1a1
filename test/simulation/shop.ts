// The services that simulated people deploy.
import type { HookSpec, HooksSpec } from '../../src/model/completion.ts';
import type { AnalysisSpec, Strategy } from '../../src/model/rollout/strategy.ts';
import type { ServiceSpec } from '../../src/model/service.ts';
import { aService } from '../kit/specs.ts';
import type { Action, CommandName, CourseName, CronWords, HookName, HookNames, JudgedName } from './script/script.ts';
import { mostScaled } from './script/script.ts';
import { commandWord } from './world/dials.ts';
import { lag } from './world/gauges.ts';

const pace = { window: 0, rates: [] };
const usualScale = { targets: { cpu: 0.5 }, every: 1_000, tolerance: 0.1, up: pace, down: pace, schedule: [], zeroAfter: 1_000 };

type Deploy = Extract<Action, { kind: 'deploy' }>;

export function servicesOf(
  { replicas, courses = {}, commands = {}, hooks = {}, job, cron }: Deploy,
  scaled: boolean,
): readonly ServiceSpec[] {
  const running = Object.entries(replicas).map(([name, count]) => {
    const command = commands[name];
    return aService({
      name,
      replicas: count,
      ...(scaled && { scale: { ...usualScale, min: 0, max: mostScaled } }),
      port: name === 'worker' ? undefined : 8080,
      needs: name === 'web' ? ['api'] : [],
      // A fake that is ready stays so: it is asked seldom, which makes most of the world's events fall away.
      probe: { path: '/healthz', interval: 5_000, timeout: 500, passes: 1, fails: 3, deadline: 60_000 },
      routes: name === 'web' ? [{ host: 'web.localhost', path: '/' }] : [],
      ...(courses[name] && { strategy: strategyNamed(courses[name]) }),
      ...(command && { release: { command: [commandWord, command], deadline, reversible: true } }),
      ...(hooks[name] && { hooks: hooksNamed(name, hooks[name]) }),
    });
  });
  return [...running, ...(job ? [aJob(job)] : []), ...(cron ? [aCron(cron)] : [])];
}

/** Longer than a command that ends well takes. */
const deadline = 20_000;

function aJob(command: CommandName): ServiceSpec {
  const completion = { deadline, retries: 1, backoff: 1_000 };
  return aService({ name: 'batch', kind: 'job', ...ending(command), completion });
}

/** What does not end by itself goes on into the times of the next runs. */
function aCron({ command, every, zone, overlap, missed }: CronWords): ServiceSpec {
  const completion = { deadline: 150_000, retries: 1, backoff: 1_000 };
  const schedule = { cron: every, timeZone: zone, overlap, missed, startingDeadline: 150_000 };
  return aService({ name: 'tick', kind: 'cron', ...ending(command), completion, schedule });
}

function ending(command: CommandName) {
  const source = { kind: 'run', command: [commandWord, command], directory: '.' } as const;
  const strategy = { kind: 'rolling', surge: 1, unavailable: 0, bake: 0 } as const;
  return { source, port: undefined, replicas: 0, strategy };
}

function hooksNamed(service: string, names: HookNames): HooksSpec {
  return Object.fromEntries(
    Object.entries(names).map(([phase, list]) => [phase, list.map((one, index) => hookNamed(one, `${service}/${phase}/${index}`))]),
  );
}

function hookNamed(name: HookName, place: string): HookSpec {
  const [kind, word = ''] = name.split(' ');
  if (kind === 'run') return { kind: 'command', command: [commandWord, word], deadline };
  return { kind: 'webhook', url: `http://${word}.invalid/${place}`, deadline: 10_000 };
}

function strategyNamed(name: CourseName): Strategy {
  const steps = [{ weight: 0.05, pause: 2_000 }, { weight: 0.5 }, { weight: 1 }];
  switch (name) {
    case 'canary':
      return { kind: 'canary', steps, bake: 5_000 };
    case 'asked':
      return { kind: 'canary', steps: [{ weight: 0.3, pause: 'people' }, { weight: 1 }], bake: 1_000 };
    case 'dynamic':
      return { kind: 'canary', steps, bake: 5_000, dynamic: true };
    case 'blue-green':
      return { kind: 'blue-green', bake: 1_000, warm: 5_000, promote: 'auto' };
    case 'preview':
      return { kind: 'blue-green', bake: 1_000, warm: 0, promote: 'manual', preview: { host: 'next.localhost', path: '/', replicas: 1 } };
    case 'watched':
      return { kind: 'rolling', surge: 1, unavailable: 0, bake: 1_000, analysis: asked };
    case 'judged':
    case 'patient':
    case 'background':
    case 'gauged':
      return { kind: 'canary', steps: judgedSteps, bake: 1_000, analysis: analyses[name] };
  }
}

const judgedSteps = [{ weight: 0.2 }, { weight: 0.5, pause: 2_000 }, { weight: 1 }];
const asked: AnalysisSpec = {
  errors: { worseBy: 0.05 },
  latency: { p95: { worseBy: 0.5 } },
  confidence: 0.9,
  atMost: 120_000,
};
const analyses: Readonly<Record<Exclude<JudgedName, 'watched'>, AnalysisSpec>> = {
  judged: asked,
  patient: { ...asked, stepAtMost: 20_000 },
  background: { ...asked, background: true },
  gauged: { confidence: 0.9, atMost: 200_000, metrics: [lag] },
};
