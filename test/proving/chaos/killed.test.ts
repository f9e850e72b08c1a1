// Whoever breaks things is killed in the middle of each fault: nothing is left broken, and nothing is left of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { detoursOf } from '../../../src/adapters/traffic/gateway/detours.ts';
import { homeAt } from '../../../src/main/home.ts';
import { undoAtStart } from '../../../src/main/prove/faults.ts';
import type { PlannedFault } from '../../../src/model/proving/experiment.ts';
import { descriptorLimit } from '../../../src/platform/fault/descriptors.ts';
import { memoryLimitSupport } from '../../../src/platform/process/cgroup.ts';
import { identityOf } from '../../../src/platform/process/identity.ts';
import { readStat } from '../../../src/platform/process/proc.ts';
import { House } from '../../kit/house.ts';
import { get } from '../../kit/http.ts';
import { markedProcesses } from '../../kit/marks.ts';
import { until } from '../../kit/until.ts';
import { deployApp, siteOf, targetOf } from './kit.ts';

let house: House;
beforeAll(async () => {
  house = await House.open();
  await deployApp(house, 'shop', { replicas: 2, memory: '256Mi' });
});
afterAll(() => house[Symbol.asyncDispose]());

const prover = fileURLToPath(new URL('prover.ts', import.meta.url));

/** Killed as soon as its fault was seen to act. */
async function killedIn(planned: PlannedFault): Promise<void> {
  const target = await until(
    () => targetOf(house, 'shop'),
    ({ services }) => services['web']?.length === 2,
  );
  const child = spawn(process.execPath, [prover, house.home, JSON.stringify(planned), JSON.stringify(target)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await until(
    () => ({ said, ended: child.exitCode }),
    ({ said: now, ended }) => now.includes(' acts: ') || ended !== null,
  );
  expect(child.exitCode, said).toBeNull();
  expect(await pending()).not.toHaveLength(0);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const pending = async () => (await readdir(homeAt(house.home, {}).faults).catch(() => [])).filter((name) => name.endsWith('.json'));

for (const kind of ['crash', 'pause', 'cpu', 'descriptors', 'latency', 'partition', 'dependency', 'memory'] as const)
  it(`leaves nothing of ${kind} behind`, async ({ skip }) => {
    if (kind === 'memory' && !(await memoryLimitSupport()).enforced) return skip('no memory cgroup that this user may use');
    await killedIn({ kind, instances: 1, at: 0, lasts: 3_600_000, settings: kind === 'crash' ? {} : { delay: 200 } });
    await until(pending, (left) => left.length === 0);
    const { gateways: _, ...target } = await until(
      () => targetOf(house, 'shop'),
      ({ services }) => services['web']?.length === 2,
    );
    const detours = detoursOf(homeAt(house.home, {}).gateway);
    for (const { id, pid = 0 } of target.services['web'] ?? []) {
      expect((await detours.look(id)).detoured).toBe(0);
      expect((await descriptorLimit(pid))?.soft).toBeGreaterThan(100);
      expect(readStat(pid)?.state).not.toBe('T');
    }
    const states = (await markedProcesses()).map(({ pid }) => readStat(pid)?.state);
    expect(states).not.toContain('T');
    const { host, port } = target.door;
    await until(
      () => get({ host: 'shop.localhost', port, address: host, path: '/' }).catch(() => undefined),
      (answer) => answer?.status === 200,
    );
  });

it('undoes at the start of a daemon what was left when nobody watched', async () => {
  const target = await until(
    () => targetOf(house, 'shop'),
    ({ services }) => services['web']?.length === 2,
  );
  const [one] = target.services['web'] ?? [];
  const site = siteOf(house, 'shop');
  const [driver] = site.drivers;
  if (!one || !driver) throw new Error('nothing to break');
  const gone = { pid: 4_194_305, startTime: '1', bootId: identityOf(process.pid)?.bootId ?? '' };
  const fault = { kind: 'partition', target: one, lasts: 3_600_000, settings: {} } as const;
  const running = await driver.inject(
    fault,
    (note) => site.journal.write({ note, prover: gone, until: Date.now() + 3_600_000 }),
    new AbortController().signal,
  );
  expect((await detoursOf(homeAt(house.home, {}).gateway).look(one.id)).detoured).toBeGreaterThan(0);
  const undone: string[] = [];
  await undoAtStart(homeAt(house.home, {}), ({ kind, because }) => undone.push(`${kind} ${because ?? ''}`.trim()));
  expect(undone).toEqual(['partition']);
  expect((await detoursOf(homeAt(house.home, {}).gateway).look(one.id)).detoured).toBe(0);
  expect(await pending()).toEqual([]);
  await running.end();
});
