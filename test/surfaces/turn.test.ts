// `--wait-for-lock`: a change waits for its turn, plans again when somebody was faster, and gives up in time; a person's lock it does not wait for.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FakeDaemon } from './cli-kit.ts';
import { fakeDaemon, Problem, run } from './cli-kit.ts';

const scope = { application: 'shop', environment: 'test' };
const plan = {
  plan_id: 'plan-1',
  digest: 'sha256:1',
  ...scope,
  runtime: 'process',
  kind: 'scale',
  changes: [{ service: 'api', kind: 'update', reason: 'replicas 1 → 3' }],
  warnings: [],
  risk: 'low',
  policy: [],
  approval: 'none',
  approvals_needed: 0,
  approved_by: [],
};
const running = { id: 'shop-test-2' };
const lock = { by: 'user:eva', at: '2026-01-01T00:00:00.000Z', message: 'migration' };
const status = (more: object) => ({ environments: [{ ...scope, ...more }] });

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await fakeDaemon({
    'apps.status': () => status({}),
    'change.scale_plan': () => plan,
    'change.apply': () => ({ id: 'shop-test-3' }),
  });
});
afterEach(() => daemon.stop());

const scale = (time: string) =>
  run(['scale', 'api=3', '--yes', '--no-wait', '--wait-for-lock', time, '--app', 'shop', '--env', 'test'], { home: daemon.home });
const asked = () => daemon.asked.map(({ name }) => name);

it('L-02 asks until nothing is under way, and plans only then', async () => {
  daemon.answers['apps.status'] = (_, call) => status(call === 1 ? { deployment: running } : {});
  const { code, err } = await scale('1m');
  expect([code, err]).toEqual([0, expect.stringContaining('waiting for shop-test-2')]);
  expect(asked()).toEqual(['apps.status', 'apps.status', 'change.scale_plan', 'change.apply']);
});

it('L-02 plans again when somebody else was faster', async () => {
  daemon.answers['change.apply'] = (_, call) => (call === 1 ? new Problem(412, 'plan_drifted', 'changed') : { id: 'shop-test-4' });
  expect((await scale('1m')).code).toBe(0);
  expect(asked()).toEqual(['apps.status', 'change.scale_plan', 'change.apply', 'apps.status', 'change.scale_plan', 'change.apply']);
});

it('L-02 gives up in time, names what is in the way, and changes nothing', async () => {
  daemon.answers['apps.status'] = () => status({ deployment: running });
  expect(await scale('0s')).toMatchObject({ code: 1, err: expect.stringContaining('shop-test-2 is still under way; nothing was changed') });
  expect(asked()).not.toContain('change.scale_plan');
});

it('L-02 leaves a lock that a person holds to the daemon, which refuses', async () => {
  daemon.answers['apps.status'] = () => status({ deployment: running, lock });
  daemon.answers['change.apply'] = () => new Problem(409, 'locked', 'shop/test is locked by user:eva: migration');
  expect(await scale('1h')).toMatchObject({ code: 1, err: expect.stringContaining('user:eva') });
});

it('refuses a time that is none before it asks', async () => {
  expect(await scale('soon')).toMatchObject({ code: 2, err: expect.stringContaining('--wait-for-lock') });
  expect(daemon.asked).toEqual([]);
});
