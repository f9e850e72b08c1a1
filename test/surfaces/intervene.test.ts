// `routes pause|resume` and `lock acquire|release`: what they ask of the daemon, and what they say.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FakeDaemon } from './cli-kit.ts';
import { fakeDaemon, run } from './cli-kit.ts';

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await fakeDaemon();
});
afterEach(() => daemon.stop());

const scope = { application: 'shop', environment: 'test' };
const lock = { by: 'user:eva', at: '2026-01-01T00:00:00.000Z', message: 'migration' };
const codectl = (...args: readonly string[]) => run([...args, '--app', 'shop', '--env', 'test'], { home: daemon.home });

it('holds the traffic of a service for a time, or stops it with a message', async () => {
  daemon.answers['traffic.pause'] = (_, call) => ({ service: 'api', live: call === 1 });
  expect(await codectl('routes', 'pause', 'api', '--hold', '2m')).toMatchObject({ code: 0, out: 'api is paused.\n' });
  expect((await codectl('routes', 'pause', 'api', '--message', 'Back at nine.')).out).toContain('not deployed yet');
  expect(daemon.asked.map(({ input }) => input)).toEqual([
    { ...scope, service: 'api', hold_ms: 120_000 },
    { ...scope, service: 'api', message: 'Back at nine.' },
  ]);
});

it('refuses a time that is none before it asks', async () => {
  expect(await codectl('routes', 'pause', 'api', '--hold', 'soon')).toMatchObject({ code: 2, err: expect.stringContaining('--hold 2m') });
  expect(daemon.asked).toEqual([]);
});

it('resumes, and says when there was nothing to resume', async () => {
  daemon.answers['traffic.resume'] = (_, call) => ({ service: 'api', was_paused: call === 1 });
  expect((await codectl('routes', 'resume', 'api')).out).toBe('api is resumed.\n');
  expect((await codectl('routes', 'resume', 'api')).out).toBe('api was not paused.\n');
});

it('locks with a message and releases, naming who held it', async () => {
  daemon.answers['lock.acquire'] = () => lock;
  daemon.answers['lock.release'] = (_, call) => (call === 1 ? { released: lock } : {});
  expect((await codectl('lock', 'acquire', 'migration')).out).toBe('shop in test is locked by user:eva: migration\n');
  expect((await codectl('lock', 'release')).out).toBe('shop in test is no longer locked by user:eva.\n');
  expect((await codectl('lock', 'release')).out).toBe('shop in test was not locked.\n');
  expect(daemon.asked[0]).toMatchObject({ name: 'lock.acquire', input: { ...scope, message: 'migration' } });
});
