// How processes end: asked, killed, adopted by the next daemon, forked away, or by themselves.
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive, parseIdentity } from '../../src/platform/process/identity.ts';
import { readStat } from '../../src/platform/process/proc.ts';
import type { InstanceRecord } from '../../src/ports/store.ts';
import { until } from '../kit/until.ts';
import { Bench, exited, lines, never, printed, server } from './bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const idle = 'setInterval(() => {}, 1000); console.log("up")';
const stubborn = `process.on('SIGTERM', () => console.log('no')); ${idle}`;

function leaderOf(record: InstanceRecord): number {
  return parseIdentity(record.handle['leader'])?.pid ?? 0;
}

function isGone(pid: number): boolean {
  const state = readStat(pid)?.state;
  return state === undefined || state === 'Z' || state === 'X';
}

describe('a process that ends by itself', () => {
  it('is reported with its code, also when it ends at once', async () => {
    const driver = bench.driver();
    const record = await driver.start(await bench.request('console.error("no config"); process.exit(7)'), never);
    const seen = await exited(driver, record);
    expect(seen).toMatchObject({ state: 'exited', ready: false, exit: { code: 7, requested: false } });
    expect(seen.exit?.at).toBeGreaterThanOrEqual(record.startedAt - 1_000);
    expect(await lines(driver, record, 'err')).toEqual(['no config']);
  });

  it('is reported by the next daemon with the code it had while no daemon ran', async () => {
    const first = bench.driver();
    const record = await first.start(await bench.request(server), never);
    await printed(first, record, 'up');
    first.close();
    process.kill(record.pid ?? 0, 'SIGTERM');
    await until(() => isGone(leaderOf(record)), Boolean);
    const stored = JSON.parse(JSON.stringify(record)) as InstanceRecord;
    expect(await exited(bench.driver(), stored)).toMatchObject({ exit: { code: 3, requested: false } });
  });

  it('takes along what it had forked, also into other sessions', async () => {
    const driver = bench.driver();
    const program = `
      const { spawn } = require('node:child_process');
      const child = spawn('sleep', ['300'], { stdio: 'ignore' });
      const away = spawn('sleep', ['301'], { stdio: 'ignore', detached: true });
      console.log(child.pid, away.pid);
      process.stdin.resume(); setTimeout(() => process.exit(1), 50);`;
    const record = await driver.start(await bench.request(program), never);
    const seen = await exited(driver, record);
    const pids = (await lines(driver, record, 'out'))[0]?.split(' ').map(Number) ?? [];
    expect(pids).toHaveLength(2);
    expect(seen.exit).toMatchObject({ code: 1, requested: false });
    await until(() => pids.every(isGone), Boolean);
  });

  it('is told to those who listen, by its parent and by the next daemon alike', async () => {
    const [first, second] = [bench.driver(), bench.driver({ lookEveryMs: 3_600_000 })];
    const record = await first.start(await bench.request(server), never);
    await printed(first, record, 'up');
    const heard: string[] = [];
    first.onChange((id) => heard.push(`parent ${id}`));
    const quiet = first.onChange(() => heard.push('nobody'));
    second.onChange((id) => heard.push(`adopter ${id}`));
    quiet();
    await second.inspect([record], never);
    process.kill(record.pid ?? 0, 'SIGTERM');
    await until(
      () => heard.join(),
      (seen) => seen.includes(`parent ${record.id}`) && seen.includes(`adopter ${record.id}`),
    );
    expect(heard).not.toContain('nobody');
  });
});

describe('a process that is killed from outside', () => {
  it.each([
    ['the application', (record: InstanceRecord) => process.kill(record.pid ?? 0, 'SIGKILL')],
    ['its launcher', (record: InstanceRecord) => process.kill(leaderOf(record), 'SIGKILL')],
    ['the whole group', (record: InstanceRecord) => process.kill(-leaderOf(record), 'SIGKILL')],
  ])('%s: is reported as killed, not requested, and nothing of it is left', async (_, kill) => {
    const driver = bench.driver();
    const record = await driver.start(await bench.request(server), never);
    await printed(driver, record, 'up');
    kill(record);
    expect(await exited(driver, record)).toMatchObject({ exit: { signal: 'SIGKILL', requested: false } });
    await until(
      () => bench.living(record.id),
      (pids) => pids.length === 0,
    );
  });

  it('with the launcher, unseen by any daemon: is exited for an unknown reason, and its rest is killed', async () => {
    const first = bench.driver();
    const record = await first.start(await bench.request(server), never);
    await printed(first, record, 'up');
    const second = bench.driver();
    process.kill(leaderOf(record), 'SIGKILL');
    await until(() => isGone(leaderOf(record)), Boolean);
    const seen = await exited(second, record);
    expect(seen.exit).toEqual({ requested: false, at: expect.any(Number) });
    await until(() => isGone(record.pid ?? 0), Boolean);
  });
});

describe('stopping', () => {
  it('asks, waits, and reports the code as requested', async () => {
    const driver = bench.driver();
    const record = await driver.start(await bench.request(server), never);
    await printed(driver, record, 'up');
    await driver.stop(record, 10_000, never);
    expect(await exited(driver, record)).toMatchObject({ exit: { code: 3, requested: true } });
    await driver.stop(record, 10_000, never);
  });

  it('works for what an earlier daemon started', async () => {
    const first = bench.driver();
    const record = await first.start(await bench.request(server), never);
    await printed(first, record, 'up');
    first.close();
    const second = bench.driver();
    expect(await second.inspect([record], never)).toEqual([record]);
    await second.stop(record, 10_000, never);
    expect(await exited(bench.driver(), record)).toMatchObject({ exit: { code: 3, requested: true } });
  });

  it('kills what ignores SIGTERM once the grace is over, and says so', async () => {
    const driver = bench.driver();
    const record = await driver.start(await bench.request(stubborn), never);
    await printed(driver, record, 'up');
    await driver.stop(record, 100, never);
    expect(await lines(driver, record)).toContain('no');
    expect(await exited(driver, record)).toMatchObject({ exit: { signal: 'SIGKILL', requested: true } });
  });

  it('asks once, however often it is called, and the shorter grace counts', async () => {
    const driver = bench.driver();
    const record = await driver.start(await bench.request(stubborn), never);
    await printed(driver, record, 'up');
    const patient = driver.stop(record, 3_600_000, never);
    await printed(driver, record, 'no');
    await driver.stop(record, 50, never);
    await patient;
    expect((await lines(driver, record)).filter((line) => line === 'no')).toHaveLength(1);
  });

  it('gives up waiting when told to, and leaves the process its grace', async () => {
    const driver = bench.driver();
    const record = await driver.start(await bench.request(stubborn), never);
    await printed(driver, record, 'up');
    const impatience = new AbortController();
    const attempt = driver.stop(record, 3_600_000, impatience.signal);
    await printed(driver, record, 'no');
    impatience.abort();
    await expect(attempt).rejects.toThrow();
    expect(isGone(record.pid ?? 0)).toBe(false);
  });

  it('gives children of an application that left early the rest of the grace', async () => {
    const driver = bench.driver();
    const child = `process.on('SIGTERM', () => setTimeout(() => { require('node:fs').writeFileSync('finished', ''); process.exit() }, 200)); setInterval(() => {}, 1000); console.log('up')`;
    const program = `
      require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' });
      process.on('SIGTERM', () => process.exit(0));`;
    const request = await bench.request(program);
    const record = await driver.start(request, never);
    await printed(driver, record, 'up');
    await driver.stop(record, 10_000, never);
    expect(await readdir(bench.directoryOf(request))).toContain('finished');
    expect(bench.living(record.id)).toEqual([]);
  });

  it('kills forked processes that ignore everything, in whatever session', async () => {
    const driver = bench.driver();
    const program = `
      const { spawn } = require('node:child_process');
      for (const detached of [true, false]) spawn('sh', ['-c', 'trap "" TERM HUP; sleep 300; sleep 300'], { stdio: 'ignore', detached });
      ${idle}`;
    const record = await driver.start(await bench.request(program), never);
    await printed(driver, record, 'up');
    await until(
      () => bench.living(record.id),
      (pids) => pids.length >= 6,
    );
    await driver.stop(record, 100, never);
    expect(bench.living(record.id)).toEqual([]);
  });

  it('never touches a stranger that has the pid now', async () => {
    const driver = bench.driver();
    const record = await driver.start(await bench.request(server), never);
    await printed(driver, record, 'up');
    const leader = parseIdentity(record.handle['leader']);
    if (!leader) throw new Error('no leader');
    const forged = { ...record, id: 'api-forged', handle: { ...record.handle, leader: { ...leader, startTime: '1' } } };
    await driver.stop(forged, 0, never);
    expect(await exited(driver, forged)).toMatchObject({ exit: { requested: false } });
    expect(isAlive(leader)).toBe(true);
    expect(await driver.inspect([record], never)).toEqual([record]);
  });
});

describe('after a crash of the daemon', () => {
  it('finds what nobody has a record of, by what was kept', async () => {
    const first = bench.driver();
    const [one, two] = [await first.start(await bench.request(server), never), await first.start(await bench.request(server), never)];
    expect(await first.strays(new Set(), never)).toEqual([]);
    const second = bench.driver();
    const strays = await second.strays(new Set([two.id]), never);
    expect(strays.map(({ id, handle }) => ({ id, handle }))).toEqual([{ id: one.id, handle: one.handle }]);
    expect(await second.strays(new Set([one.id, two.id]), never)).toEqual([]);
  });

  it('finds what was started but not yet kept, by its mark, and can stop it', async () => {
    const first = bench.driver();
    const record = await first.start(await bench.request(server), never);
    await printed(first, record, 'up');
    const kept = join(bench.home, 'instances', record.id, 'record.json');
    for (const crash of [() => writeFile(kept, JSON.stringify({ ...record, handle: { directory: '/', cgroups: [] } })), () => rm(kept)]) {
      await crash();
      const [stray] = await bench.driver().strays(new Set(), never);
      expect(stray).toMatchObject({ id: record.id, replicaSet: record.replicaSet, handle: { leader: record.handle['leader'] } });
    }
    const second = bench.driver();
    const [stray] = await second.strays(new Set(), never);
    if (!stray) throw new Error('not found');
    await second.stop(stray, 5_000, never);
    await second.forget(stray);
    expect(bench.living(record.id)).toEqual([]);
    expect(await second.strays(new Set(), never)).toEqual([]);
  });
});

describe('starting again after a crash', () => {
  it('takes over what came of an intent instead of starting a second one', async () => {
    const first = bench.driver();
    const request = await bench.request(server);
    const record = await first.start(request, never);
    await printed(first, record, 'up');
    const intent = { ...record, pid: undefined, handle: { ...record.handle, leader: undefined } };
    await writeFile(join(bench.home, 'instances', record.id, 'record.json'), JSON.stringify(intent));
    expect(await bench.driver().start(request, never)).toEqual(JSON.parse(JSON.stringify(record)));
  });
});

describe('forgetting', () => {
  it('keeps what was said and nothing else, and gives the port back', async () => {
    const driver = bench.driver();
    const request = await bench.request('console.log("last words")');
    const record = await driver.start(request, never);
    const seen = await exited(driver, record);
    await driver.forget(seen);
    await driver.forget(seen);
    expect(await lines(driver, record)).toEqual(['last words']);
    expect((await readdir(join(bench.home, 'instances', record.id))).toSorted()).toEqual(['err.log', 'out.log']);
    expect(await readdir(join(bench.home, 'exits'))).toEqual([]);
  });

  it('tolerates records that never came to a process', async () => {
    const driver = bench.driver();
    const failed: InstanceRecord = {
      id: 'api-never',
      replicaSet: 'shop/test/api@0',
      generation: 0,
      state: 'exited',
      ready: false,
      startedAt: 0,
      driver: 'process',
      handle: {},
    };
    await driver.stop(failed, 1_000, never);
    await driver.forget(failed);
    expect(await lines(driver, failed)).toEqual([]);
    expect(await driver.stats([failed])).toEqual({});
    expect(await driver.inspect([{ ...failed, state: 'running' }], never)).toMatchObject([{ state: 'exited' }]);
  });
});
