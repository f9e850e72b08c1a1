// What instances do is seen as it is: another port, a connection, a shell, a program that was put there, memory that ran out.
import { once } from 'node:events';
import { chmod, copyFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProcessInstances } from '../../src/adapters/runtimes/process/process.ts';
import type { Sighting } from '../../src/model/watch/watch.ts';
import { memoryLimitSupport } from '../../src/platform/process/cgroup.ts';
import { parseRows } from '../../src/platform/watch/rows.ts';
import type { InstanceRecord } from '../../src/ports/store.ts';
import { until } from '../kit/until.ts';
import { Bench, never, printed } from './bench.ts';

let bench: Bench;
let driver: ProcessInstances;
beforeEach(async () => {
  bench = await Bench.open();
  driver = bench.driver();
});
afterEach(() => bench.close());

const support = await memoryLimitSupport();
const linux = process.platform === 'linux';
const stay = 'console.log("up"); setInterval(() => {}, 1000);';

async function started(program: string, more: object = {}): Promise<InstanceRecord> {
  const record = await driver.start(await bench.request(program, more), never);
  await printed(driver, record, 'up');
  return record;
}

const look = async (record: InstanceRecord): Promise<Sighting | undefined> =>
  (await driver.sight?.([{ record, connections: true }]))?.[record.id];
const sees = (record: InstanceRecord, holds: (seen: Sighting) => boolean): Promise<Sighting | undefined> =>
  until(
    () => look(record),
    (seen) => seen !== undefined && holds(seen),
  );
const seenIn = <T>(part: { readonly seen: T } | { readonly notMeasured: string } | undefined): T | undefined =>
  part !== undefined && 'seen' in part ? part.seen : undefined;
const paths = (seen: Sighting) => (seenIn(seen.programs) ?? []).map(({ path }) => path);

describe.skipIf(!linux)(`what an instance does${linux ? '' : ' (skipped: there is no /proc)'}`, () => {
  it('nothing out of the ordinary: its own port, itself, and nobody connected to', async () => {
    const record = await started(`require('node:net').createServer().listen(process.env.PORT, '127.0.0.1', () => { ${stay} });`, {
      port: 8080,
    });
    const seen = await look(record);
    expect(seenIn(seen?.listening)).toEqual([record.address]);
    expect(seenIn(seen?.outbound)).toEqual([]);
    expect(seenIn(seen?.programs)).toEqual([expect.objectContaining({ main: true, deleted: false })]);
  });

  it('another port, also of a child', async () => {
    const child = `const s = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log('child ' + s.address().port));`;
    const record = await started(
      `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' }); ${stay}`,
    );
    const seen = await sees(record, ({ listening }) => (seenIn(listening) ?? []).length > 0);
    expect(seenIn(seen?.listening)).toEqual([{ host: '127.0.0.1', port: expect.any(Number) }]);
  });

  it('a connection that it opened, and not one that it accepted', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const record = await started(
        `const net = require('node:net');
         net.createServer(() => undefined).listen(process.env.PORT, '127.0.0.1', () => net.connect(process.env.PORT, '127.0.0.1'));
         net.connect(${port}, '127.0.0.1', () => { ${stay} });`,
        { port: 8080 },
      );
      const own = record.address?.port;
      const seen = await sees(record, ({ outbound }) => (seenIn(outbound) ?? []).length >= 2);
      // Both ends of the one to itself are its own; the end that it opened leads to its own port.
      expect(seenIn(seen?.outbound)).toEqual(
        expect.arrayContaining([
          { host: '127.0.0.1', port },
          { host: '127.0.0.1', port: own },
        ]),
      );
      expect(seenIn(seen?.outbound)).toHaveLength(2);
    } finally {
      server.close();
    }
  });

  it('a shell, and a program that was put there while it runs', async () => {
    const dropped = join(bench.home, 'dropped');
    const record = await started(`
      const { spawn } = require('node:child_process');
      spawn('/bin/sh', ['-c', 'sleep 300; true']);
      process.on('SIGUSR2', () => spawn(${JSON.stringify(dropped)}, ['300']));
      ${stay}`);
    const shell = await sees(record, (seen) => paths(seen).some((path) => path.endsWith('sh')));
    expect((seenIn(shell?.programs) ?? []).filter(({ main }) => main)).toHaveLength(1);
    await copyFile('/bin/sleep', dropped);
    await chmod(dropped, 0o755);
    process.kill(record.pid ?? 0, 'SIGUSR2');
    const seen = await sees(record, (one) => paths(one).includes(dropped));
    const program = seenIn(seen?.programs)?.find(({ path }) => path === dropped);
    expect(program?.writtenAt).toBeGreaterThan(record.startedAt);
    const old = seenIn(seen?.programs)?.find(({ path }) => path.endsWith('/sleep'));
    expect(old?.writtenAt).toBeLessThan(record.startedAt);
  });

  it('what is in its release is told as such', async () => {
    const request = await bench.request(`require('node:child_process').spawn('./tool', ['300']); ${stay}`);
    await copyFile('/bin/sleep', join(bench.directoryOf(request), 'tool'));
    await chmod(join(bench.directoryOf(request), 'tool'), 0o755);
    const record = await driver.start(request, never);
    const seen = await sees(record, (one) => paths(one).some((path) => path.endsWith('/tool')));
    expect(seenIn(seen?.programs)?.find(({ path }) => path.endsWith('/tool'))).toMatchObject({ released: true });
  });

  it.skipIf(!support.enforced)(
    `a child that was killed for its memory${support.enforced ? '' : ` (skipped: ${support.because})`}`,
    async () => {
      const child = `const hold = []; for (;;) hold.push(Buffer.alloc(4 * 2 ** 20, 1));`;
      const record = await driver.start(
        await bench.request(
          `const { spawn } = require('node:child_process');
         spawn(process.execPath, ['-e', ${JSON.stringify(child)}]).on('exit', () => { ${stay} });`,
          { resources: { memory: 128 * 2 ** 20 } },
        ),
        never,
      );
      await until(
        async () => seenIn((await look(record))?.memoryKills),
        (count) => (count ?? 0) > 0 || count === undefined,
      );
    },
  );

  it('of one that has ended nothing is told', async () => {
    const record = await started(`console.log('up')`);
    await until(
      () => look(record),
      (seen) => seen === undefined,
    );
  });
});

describe('rows of the kernel’s tables', () => {
  const row = (local: string, remote: string, state: string, inode = '77') =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 100 0 0 10 0`;

  it('are read in both families, whatever stands around them', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      row('0100007F:1F90', '00000000:0000', '0A'),
      row('0100007F:9C40', '0A02000A:1538', '01'),
      row('0000000000000000FFFF00000100007F:1F90', '0000000000000000FFFF00000200007F:01BB', '08'),
      row('B80D0120000000000000000001000000:9C40', 'B80D0120000000000000000002000000:01BB', '02'),
      row('0100007F:9C40', '0A02000A:1538', '06'),
      row('0100007F:9C40', '0A02000A:1538', '01', '0'),
      'nonsense',
      '',
    ].join('\n');
    expect(
      parseRows(table).map(({ state, local, remote }) => [state, `${local.host} ${local.port}`, `${remote.host} ${remote.port}`]),
    ).toEqual([
      ['listening', '127.0.0.1 8080', '0.0.0.0 0'],
      ['connected', '127.0.0.1 40000', '10.0.2.10 5432'],
      ['connected', '127.0.0.1 8080', '127.0.0.2 443'],
      ['connected', '2001:db8::1 40000', '2001:db8::2 443'],
    ]);
  });
});
