// Starting processes: what they are told, where they listen, and what is refused.
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../kit/until.ts';
import { Bench, exited, lines, never, printed, server } from './bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

describe('starting a process', () => {
  it('tells it its port, its names, its volumes and its secrets, and nothing of the daemon', async () => {
    process.env['CODE_DAEMON_ONLY'] = 'private';
    const driver = bench.driver();
    const spec = { env: { LEVEL: 'info' }, secrets: ['KEY'], volumes: [{ name: 'order-data', path: '/var/lib/api' }] };
    const request = await bench.request(server, spec, { KEY: 'hush' });
    const record = await driver.start(request, never).finally(() => delete process.env['CODE_DAEMON_ONLY']);
    await printed(driver, record, 'up');
    const told = (await (await fetch(`http://127.0.0.1:${record.address?.port}/`)).json()) as Record<string, string>;
    expect(told).toMatchObject({
      PORT: String(record.address?.port),
      HOST: '127.0.0.1',
      LEVEL: 'info',
      CODE_GATEWAY_URL: 'http://127.0.0.1:8080',
      KEY: 'hush',
      CODE_APPLICATION: 'shop',
      CODE_ENVIRONMENT: 'test',
      CODE_SERVICE: 'api',
      CODE_RELEASE: request.replicaSet.release.id,
      CODE_INSTANCE: request.id,
      CODE_VOLUME_ORDER_DATA: join(bench.home, 'volumes/shop/test/order-data'),
    });
    expect(told).not.toHaveProperty('CODE_DAEMON_ONLY');
    expect((await stat(told['CODE_VOLUME_ORDER_DATA'] ?? '')).isDirectory()).toBe(true);
    expect(record).toMatchObject({ state: 'running', ready: false, replicaSet: request.replicaSet.id, driver: 'process' });
    expect(JSON.stringify(record)).not.toContain('hush');
    expect(await readFile(join(bench.home, 'instances', request.id, 'record.json'), 'utf8')).not.toContain('hush');
    expect(await readFile(`/proc/${record.pid}/cmdline`, 'utf8')).toContain('main.cjs');
    expect(await driver.listening?.(record)).toEqual([record.address?.port]);
  });

  it('puts the port and variables into the command, but never a secret', async () => {
    const driver = bench.driver();
    const command = ['node', 'main.cjs', '-p', '$PORT', '--at=${HOST}:${PORT}', '${LEVEL}', '${KEY}', '$PORTAL', '${NOBODY}'];
    const spec = { source: { kind: 'run', command, directory: '.' }, env: { LEVEL: 'a b;c' }, secrets: ['KEY'] } as const;
    const record = await driver.start(
      await bench.request('console.log(JSON.stringify(process.argv.slice(2)))', spec, { KEY: 'hush' }),
      never,
    );
    await exited(driver, record);
    const port = String(record.address?.port);
    expect(JSON.parse((await lines(driver, record, 'out'))[0] ?? '')).toEqual([
      '-p',
      port,
      `--at=127.0.0.1:${port}`,
      'a b;c',
      '${KEY}',
      '$PORTAL',
      '${NOBODY}',
    ]);
  });

  it('gives no port to a worker', async () => {
    const driver = bench.driver();
    const record = await driver.start(await bench.request('console.log(process.env.PORT ?? "none")', { port: undefined }), never);
    await exited(driver, record);
    expect(record.address).toBeUndefined();
    expect(await lines(driver, record)).toEqual(['none']);
  });

  it('gives each of fifty parallel starts a port of its own that nobody holds', async () => {
    const driver = bench.driver();
    const requests = await Promise.all(
      Array.from({ length: 50 }, () =>
        bench.request('setInterval(() => {}, 1000)', { source: { kind: 'run', command: ['sleep', '300'], directory: '.' } }),
      ),
    );
    const records = await Promise.all(requests.map((request) => driver.start(request, never)));
    const ports = records.map(({ address }) => address?.port ?? 0);
    expect(new Set(ports).size).toBe(50);
    expect(ports.every((port) => port >= 20_000 && port <= 29_999)).toBe(true);
    await Promise.all(records.map((record) => driver.stop(record, 5_000, never)));
  });

  it('skips ports that somebody listens on and those of instances of an earlier life', async () => {
    const free = await contiguousPorts(3);
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(free, '127.0.0.1', resolve));
    try {
      const portRange = { first: free, last: free + 1 };
      const one = await bench.driver({ portRange }).start(await bench.request('setInterval(() => {}, 1000)'), never);
      expect(one.address?.port).toBe(free + 1);
      const next = bench.driver({ portRange });
      await expect(next.start(await bench.request('setInterval(() => {}, 1000)'), never)).rejects.toMatchObject({ code: 'port_taken' });
      await next.stop(one, 5_000, never);
      await next.forget(one);
      expect((await next.start(await bench.request('setInterval(() => {}, 1000)'), never)).address?.port).toBe(free + 1);
    } finally {
      await new Promise((resolve) => holder.close(resolve));
    }
  });

  it('starts once, however often it is asked for an id, also by the next daemon', async () => {
    const driver = bench.driver();
    const request = await bench.request('setInterval(() => {}, 1000)');
    const [one, two] = await Promise.all([driver.start(request, never), driver.start(request, never)]);
    const three = await bench.driver().start(request, never);
    expect(two.handle).toEqual(one.handle);
    expect(three.handle).toEqual(one.handle);
  });

  it('finds commands in the release first, and says where it looked for a missing one', async () => {
    const driver = bench.driver();
    const source = { kind: 'run', command: ['greet', '$PORT'], directory: '.' } as const;
    const request = await bench.request('// greets', { source });
    await expect(driver.start(request, never)).rejects.toMatchObject({
      code: 'source_missing',
      message: expect.stringMatching(/"greet".*node_modules\/\.bin/),
    });
    const program = join(bench.directoryOf(request), 'greet.sh');
    await writeFile(program, '#!/bin/sh\necho hello "$1"\n', { mode: 0o755 });
    await symlink(program, join(bench.directoryOf(request), 'node_modules/.bin/greet'));
    const record = await driver.start(request, never);
    await exited(driver, record);
    expect(await lines(driver, record)).toEqual([`hello ${record.address?.port}`]);
  });

  it('finds node where PATH has none, also for scripts that ask for it', async () => {
    const source = { kind: 'run', command: ['./tool'], directory: '.' } as const;
    const request = await bench.request('// tool', { source, env: { PATH: '/usr/bin:/bin' } });
    const bare = await mkdtemp(join(bench.home, 'path-'));
    await symlink('/usr/bin/env', join(bare, 'env'));
    const alone = await bench.request('console.log(process.version)', { env: { PATH: bare } });
    const driver = bench.driver();
    const record = await driver.start(alone, never);
    await exited(driver, record);
    expect(await lines(driver, record)).toEqual([process.version]);
    await writeFile(join(bench.directoryOf(request), 'tool'), '#!/usr/bin/env node\nconsole.log("from a script")\n', { mode: 0o755 });
    const script = await driver.start(
      {
        ...request,
        replicaSet: {
          ...request.replicaSet,
          release: { ...request.replicaSet.release, run: { ...request.replicaSet.release.run, env: { PATH: bare } } },
        },
      },
      never,
    );
    await exited(driver, script);
    expect(await lines(driver, script)).toEqual(['from a script']);
    await rm(bare, { recursive: true });
  });

  it('refuses an image, and leaves nothing behind', async () => {
    const request = await bench.request('// nothing');
    const image = {
      ...request,
      replicaSet: {
        ...request.replicaSet,
        release: {
          ...request.replicaSet.release,
          run: { ...request.replicaSet.release.run, artifact: { kind: 'image', reference: 'x' } as const },
        },
      },
    };
    await expect(bench.driver().start(image, never)).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('D-09 tells which port a program really listens on, whatever port it was given', async () => {
    const driver = bench.driver();
    const record = await driver.start(
      await bench.request(
        `require('node:net').createServer().listen(0, '127.0.0.1', function () { console.log('at', this.address().port) })`,
      ),
      never,
    );
    const [line] = await until(
      () => lines(driver, record),
      (seen) => seen.length > 0,
    );
    expect(await driver.listening?.(record)).toEqual([Number(line?.slice(3))]);
    expect(Number(line?.slice(3))).not.toBe(record.address?.port);
  });
});

/** The first of `count` ports in a row that are free now, outside of what the kernel hands out. */
async function contiguousPorts(count: number): Promise<number> {
  for (let first = 30_100 + Math.floor(Math.random() * 2_000); ; first += count) {
    const free = await Promise.all(Array.from({ length: count }, (_, at) => canListen(first + at)));
    if (free.every(Boolean)) return first;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const one = createServer();
    one.once('error', () => resolve(false));
    one.listen(port, () => one.close(() => resolve(true)));
  });
}
