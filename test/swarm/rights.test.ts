// What an instance on Swarm may do and is told, and what a plan says cannot be had there; what went wrong, in words.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { until } from '../kit/until.ts';
import { manifest, noSwarm, onSwarm, servicesOf, withSwarm } from './kit.ts';

interface Rights {
  readonly user: readonly [number, number];
  readonly root: string | true;
  readonly tmp: string | true;
  readonly status: readonly string[];
}

const capabilities = (status: readonly string[]) => status.filter((line) => line.startsWith('Cap'));

describe.skipIf(noSwarm)(onSwarm, () => {
  const at = withSwarm();
  const json = async <T>(application: string, path: string): Promise<T> => JSON.parse((await at.ask(application, path)).body) as T;
  const plan = (application: string, wished = {}) =>
    at.house.call<{ plan_id: string; warnings: readonly string[] }>('change.plan', { manifest: manifest(application, wished) });

  test('is nobody, in a file system that it cannot change, without a right of root; the plan says what services cannot have', async () => {
    expect((await plan('strict')).warnings).toEqual([
      expect.stringContaining('environments.test.runtime: swarm: an Engine before 25'),
      expect.stringContaining('environments.test.runtime: swarm: resources.memory'),
    ]);
    await at.ship('strict');
    const { user, root, tmp, status } = await json<Rights>('strict', '/rights');
    expect({ user, root, tmp }).toEqual({ user: [65532, 65532], root: 'EROFS', tmp: true });
    expect(capabilities(status)).toEqual(['CapEff:\t0000000000000000', 'CapBnd:\t0000000000000000']);
  });

  test('has what the manifest loosens, and its limits in the Engine', async () => {
    const container = { user: 'root', writable: true, capabilities: ['NET_BIND_SERVICE'], processes: 50 };
    await at.ship('loose', { container, resources: { cpu: 0.5, memory: '128Mi' } });
    const { user, root, status } = await json<Rights>('loose', '/rights');
    expect({ user, root }).toEqual({ user: [0, 0], root: true });
    expect(capabilities(status)).toEqual(['CapEff:\t0000000000000400', 'CapBnd:\t0000000000000400']);
    const filters = encodeURIComponent(JSON.stringify({ label: ['codectl.application=loose'] }));
    const [found] = await at.engine.json<readonly { readonly Id: string }[]>(`/containers/json?filters=${filters}`);
    const { HostConfig } = await at.engine.json<{ HostConfig: Readonly<Record<string, number>> }>(`/containers/${found?.Id}/json`);
    expect(HostConfig).toMatchObject({ NanoCpus: 5e8, Memory: 128 * 2 ** 20, PidsLimit: 50 });
  });

  test('gets its environment as it was written, though Swarm takes braces for templates', async () => {
    const GREETING = 'hello {{.Node.ID}} and {{"braces"}}';
    await at.ship('words', { env: { GREETING } });
    expect(await json('words', '/env')).toMatchObject({ GREETING, CODE_APPLICATION: 'words', PORT: '8080' });
  });

  test('what it said, also when it was told to end, is kept when it is gone', async () => {
    await at.ship('said', { env: { VERSION: 'v1' } });
    const [first] = (await at.house.service('web', 'said')).instances;
    await at.ship('said', { env: { VERSION: 'v2' } });
    const kept = await until(
      () => readFile(join(at.house.home, 'services', `${first?.id}.log`), 'utf8').catch(() => ''),
      (text) => text !== '',
    );
    expect(kept.split('\n')).toEqual(['out v1 listens on 8080', 'out told to end']);
  });

  test('a command that the image does not have: says so, and leaves no service', async () => {
    const { outcome, reason } = await at.house.outcome(
      await at.house.deploy(manifest('broken', { container: { command: ['/app/nothing.mjs'] } })),
    );
    expect({ outcome, reason }).toEqual({ outcome: 'failed', reason: expect.stringContaining('exited with code 1') });
    await until(
      () => servicesOf(at.engine, 'broken'),
      (left) => left.length === 0,
    );
  });

  test('more memory than any node has: says that there is no place, and leaves no service', async () => {
    const { outcome, reason } = await at.house.outcome(
      await at.house.deploy(manifest('huge', { resources: { memory: '900Gi' }, probe: { path: '/', deadline: '180s' } })),
    );
    expect({ outcome, reason }).toEqual({ outcome: 'failed', reason: expect.stringContaining('insufficient resources') });
    await until(
      () => servicesOf(at.engine, 'huge'),
      (left) => left.length === 0,
    );
  });
});
