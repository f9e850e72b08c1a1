// What a container may do: little by default, more where the manifest says so and the plan has told it; limits, volumes, output.
import { describe, expect, test } from 'vitest';
import { get } from '../kit/http.ts';
import { containers, manifest, noEngine, onDocker, withHouse } from './kit.ts';

interface Rights {
  readonly user: readonly [number, number];
  readonly root: string | true;
  readonly tmp: string | true;
  readonly status: readonly string[];
}

describe.skipIf(noEngine)(onDocker, () => {
  const at = withHouse();
  const { docker } = at;

  const plan = (application: string, wished = {}) =>
    at.house.call<{ plan_id: string; warnings: readonly string[] }>('change.plan', { manifest: manifest(application, wished) });
  const ask = async <T>(application: string, path: string): Promise<T> => {
    const { body } = await get({ host: `${application}.localhost`, port: (await at.house.gateway()).port, path });
    return JSON.parse(body) as T;
  };

  test('is nobody, in a file system that it cannot change, without a right of root', async () => {
    expect((await plan('strict')).warnings).toEqual([]);
    await at.ship('strict');
    const { user, root, tmp, status } = await ask<Rights>('strict', '/rights');
    expect({ user, root, tmp }).toEqual({ user: [65532, 65532], root: 'EROFS', tmp: true });
    expect(status).toEqual(['CapEff:\t0000000000000000', 'CapBnd:\t0000000000000000', 'NoNewPrivs:\t1']);
  });

  test('has what the manifest loosens, and the plan says each of it', async () => {
    const container = { user: 'root', writable: true, capabilities: ['NET_BIND_SERVICE'], new_privileges: true };
    expect((await plan('loose', { container })).warnings).toEqual([
      'services.web.container.user: it runs as root',
      'services.web.container.writable: its own files can be changed while it runs',
      "services.web.container.capabilities: it has NET_BIND_SERVICE of root's rights",
      'services.web.container.new_privileges: it may gain rights by setuid programs',
    ]);
    await at.ship('loose', { container });
    const { user, root, status } = await ask<Rights>('loose', '/rights');
    expect({ user, root }).toEqual({ user: [0, 0], root: true });
    expect(status).toEqual(['CapEff:\t0000000000000400', 'CapBnd:\t0000000000000400', 'NoNewPrivs:\t0']);
  });

  test('has its limits in the Engine: processor, memory without swap, processes', async () => {
    await at.ship('limits', { resources: { cpu: 0.5, memory: '128Mi' }, container: { processes: 50 } });
    const found = (await containers(docker)).find(({ Labels }) => Labels['codectl.application'] === 'limits');
    const { HostConfig } = await docker.json<{ HostConfig: Readonly<Record<string, number>> }>(`/containers/${found?.Id}/json`);
    const memory = 128 * 2 ** 20;
    expect(HostConfig).toMatchObject({ NanoCpus: 5e8, Memory: memory, MemorySwap: memory, PidsLimit: 50 });
  });

  test('keeps volumes over releases, and hands new ones to who runs there', async () => {
    const volumes = [{ name: 'data', path: '/data' }];
    await at.ship('keep', { volumes, env: { VERSION: 'v1' } });
    expect(await ask('keep', '/keep?text=kept')).toBe(true);
    await at.ship('keep', { volumes, env: { VERSION: 'v2' } });
    expect(await ask('keep', '/kept')).toBe('kept');
  });
});
