// The services that simulated people deploy.
import type { Strategy } from '../../src/model/rollout/strategy.ts';
import type { ServiceSpec } from '../../src/model/service.ts';
import { aService } from '../kit/specs.ts';
import type { Action, CourseName } from './script/script.ts';
import { mostScaled } from './script/script.ts';

const pace = { window: 0, rates: [] };
const usualScale = { targets: { cpu: 0.5 }, every: 1_000, tolerance: 0.1, up: pace, down: pace, schedule: [], zeroAfter: 1_000 };

export function servicesOf({ replicas, courses = {} }: Extract<Action, { kind: 'deploy' }>, scaled: boolean): readonly ServiceSpec[] {
  return Object.entries(replicas).map(([name, count]) =>
    aService({
      name,
      replicas: count,
      ...(scaled && { scale: { ...usualScale, min: 0, max: mostScaled } }),
      port: name === 'worker' ? undefined : 8080,
      needs: name === 'web' ? ['api'] : [],
      // A fake that is ready stays so: it is asked seldom, which makes most of the world's events fall away.
      probe: { path: '/healthz', interval: 5_000, timeout: 500, passes: 1, fails: 3, deadline: 60_000 },
      routes: name === 'web' ? [{ host: 'web.localhost', path: '/' }] : [],
      ...(courses[name] && { strategy: strategyNamed(courses[name]) }),
    }),
  );
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
  }
}
