// What the manifest says of commands that end: defaults, and what has no meaning for a kind.
import { describe, expect, it } from 'vitest';
import { hasCode } from '../../base/errors.ts';
import { parseManifest } from './parse.ts';
import { resolveManifest } from './resolve.ts';

const only = (service: string) => {
  const manifest = parseManifest(`application: shop\nservices:\n  one: ${service}\n`, 'code.yaml');
  return resolveManifest(manifest, { defaultRuntime: 'process' }).services[0];
};
const refused = (service: string): string => {
  try {
    only(service);
  } catch (thrown) {
    if (hasCode(thrown, 'manifest_invalid')) return thrown.message;
    throw thrown;
  }
  return 'nothing';
};
const run = 'run: { command: [node, x.js] }';

describe('what ends by itself', () => {
  it('keeps nothing running and is not watched after a switch', () => {
    expect(only(`{ kind: job, ${run} }`)).toMatchObject({
      kind: 'job',
      replicas: 0,
      strategy: { bake: 0 },
      completion: { deadline: 3_600_000, retries: 0, backoff: 10_000 },
    });
  });

  it('has a schedule with a time zone, and rules for what overlaps and what was missed', () => {
    expect(only(`{ kind: cron, ${run}, schedule: { cron: 0 3 * * *, time_zone: Europe/Berlin } }`)?.schedule).toEqual({
      cron: '0 3 * * *',
      timeZone: 'Europe/Berlin',
      overlap: 'forbid',
      missed: 'skip',
      startingDeadline: 3_600_000,
    });
  });

  it.each([
    [`{ kind: cron, ${run} }`, 'a cron needs a schedule'],
    [`{ kind: job, ${run}, port: 80 }`, 'means nothing for a job'],
    [`{ kind: job, ${run}, replicas: 2 }`, 'means nothing for a job'],
    [`{ kind: service, ${run} }`, 'a service needs a port'],
    [`{ kind: worker, ${run}, port: 80 }`, 'a worker has no port'],
    [`{ ${run}, completion: {} }`, 'is for jobs and crons'],
    [`{ ${run}, schedule: { cron: 0 3 * * * } }`, 'is for a service of `kind: cron`'],
    [`{ kind: cron, ${run}, schedule: { cron: 0 3 * * * * } }`, 'expected five cron fields'],
    [`{ kind: cron, ${run}, schedule: { cron: 61 3 * * * } }`, 'expected five cron fields'],
    [`{ kind: cron, ${run}, schedule: { cron: 0 3 * * *, time_zone: Europe/Nowhere } }`, 'expected a time zone'],
    [`{ kind: jobs, ${run} }`, 'did you mean "job"?'],
  ])('%s: %s', (service, message) => {
    expect(refused(service)).toContain(message);
  });
});

describe('what follows when an instance ends by itself', () => {
  it('is said of services and workers alike; nothing said is nothing set', () => {
    const given = 'restart: { condition: on-failure, delay: 5s, max_delay: 1m, attempts: 3, window: 10m }';
    const restart = { condition: 'on-failure', delay: 5_000, maxDelay: 60_000, attempts: 3, window: 600_000 };
    expect(only(`{ ${run}, ${given} }`)).toMatchObject({ restart });
    expect(only(`{ ${run}, port: 80, ${given} }`)).toMatchObject({ restart });
    expect(only(`{ ${run} }`)?.restart).toBeUndefined();
  });

  it.each([
    ['restart: { condition: onfailure }', 'did you mean "on-failure"?'],
    ['restart: { delay: 5s, max_delay: 1s }', 'restart.max_delay: is shorter than delay'],
    ['restart: { window: 10m }', 'restart.window: needs attempts, add one such as `attempts: 3`'],
    ['restart: { attempts: 21 }', 'expected a whole number from 0 to 20'],
    ['kind: job, restart: { attempts: 2 }', 'means nothing for a job'],
  ])('%s: %s', (restart, message) => {
    expect(refused(`{ ${run}, ${restart} }`)).toContain(message);
  });
});

describe('release commands and hooks', () => {
  it('have deadlines, and are not reversible unless somebody says so', () => {
    expect(only(`{ ${run}, release: { command: [node, migrate.js] } }`)?.release).toEqual({
      command: ['node', 'migrate.js'],
      deadline: 600_000,
      reversible: false,
    });
    expect(
      only(`{ ${run}, hooks: { after_deploy: [{ webhook: https://chat.example/x }, { command: [a], deadline: 5s }] } }`)?.hooks,
    ).toEqual({
      after_deploy: [
        { kind: 'webhook', url: 'https://chat.example/x', deadline: 30_000 },
        { kind: 'command', command: ['a'], deadline: 5_000 },
      ],
    });
  });

  it.each([
    ['{ before: [{ command: [a] }] }', 'unknown key'],
    ['{ after_deploy: [{}] }', 'expected exactly one of command and webhook'],
    ['{ after_deploy: [{ webhook: chat.example }] }', 'expected an HTTP address'],
  ])('%s: %s', (hooks, message) => {
    expect(refused(`{ ${run}, hooks: ${hooks} }`)).toContain(message);
  });
});
