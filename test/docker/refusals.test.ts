// What can go wrong between a manifest and a container: a clear reason with the next step, nothing of anyone else's touched, nothing left.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { because, inTime } from '../kit/deadlines.ts';
import { until } from '../kit/until.ts';
import { foreignImage } from '../lab/images.ts';
import type { Says } from '../lab/refusing.ts';
import { refusingRegistry } from '../lab/refusing.ts';
import { containers, image, makeImage, manifest, noEngine, onDocker, openHouse, withHouse } from './kit.ts';

describe.skipIf(noEngine)(onDocker, () => {
  const at = withHouse();
  const { docker } = at;

  const plan = (application: string, wished = {}) => at.house.call('change.plan', { manifest: manifest(application, wished) });
  const ship = async (application: string, wished = {}) => at.house.outcome(await at.house.deploy(manifest(application, wished)));

  /** Asks while a registry says this; `work` gets the name of an image there. */
  const registry = async (says: Says, work: (name: string) => Promise<void>): Promise<void> => {
    await using refusing = await refusingRegistry(says, 0);
    await work(`${refusing.name}/shop/web:2.1`);
  };

  test.each([
    [404, 'artifact_missing', /There is no image 127/],
    [401, 'denied', /does not let us have/],
    [429, 'rate_limited', /refuses more requests for now/],
    [500, 'runtime_unavailable', /could not be fetched from 127/],
  ] as const)('a registry that answers %s: the plan is refused as %s', async (answer, code, message) => {
    await registry(answer, async (name) => {
      await expect(plan('registry', { image: name })).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
        hint: expect.any(String),
      });
    });
  });

  test('a registry that says nothing: the plan is refused when the patience for it is over', async () => {
    const hasty = await openHouse(docker, { docker_patience: '2s' });
    try {
      await registry('nothing', async (name) => {
        const refused = hasty.call('change.plan', { manifest: manifest('silent', { image: name }) });
        await expect(refused).rejects.toMatchObject({ code: 'timed_out', message: expect.stringContaining('said nothing for 2 s') });
      });
    } finally {
      await hasty[Symbol.asyncDispose]();
    }
  });

  test('an image for another machine is refused when planned', async () => {
    await foreignImage(docker, 'code-test/foreign:1', 's390x');
    await expect(plan('foreign', { image: 'code-test/foreign:1' })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('is made for s390x; this Docker Engine runs'),
    });
  });

  test('a port that nobody listens on: says which one is listened on instead', async () => {
    const attempt = (probe: object) =>
      ship('elsewhere', { env: { LISTEN: '9999' }, probe: { path: '/healthz', interval: '200ms', ...probe } });
    const { outcome, reason } = await inTime(attempt, because(/expected=8080/));
    expect({ outcome, reason }).toEqual({ outcome: 'failed', reason: expect.stringContaining('expected=8080 actual=9999') });
  });

  test('a command that the image does not have: says so, and leaves no container', async () => {
    await makeImage(docker, 'code-test/broken:1', ['ENTRYPOINT ["/bin/nothing"]']);
    const { outcome, reason, last_log } = await ship('broken', { image: 'code-test/broken:1' });
    expect({ outcome, reason }).toEqual({ outcome: 'failed', reason: expect.stringContaining('exited with code 127') });
    expect(last_log?.join(' ')).toContain('/bin/nothing failed: No such file or directory');
    await until(
      () => containers(docker),
      (all) => !all.some(({ Labels }) => Labels['codectl.application'] === 'broken'),
    );
  });

  test('one that ignores SIGTERM is killed after its grace', async () => {
    await ship('stubborn', { env: { STUBBORN: 'yes' }, stop: { drain: '1s', grace: '1s' } });
    const removal = await at.house.call<{ plan_id: string }>('change.remove_plan', { application: 'stubborn', environment: 'test' });
    expect(await at.house.outcome(await at.house.call('change.apply', { plan_id: removal.plan_id }))).toMatchObject({
      outcome: 'succeeded',
    });
  });

  test('a network of our name that is not ours is left alone, and the reason says what to do', async () => {
    const first = await ship('taken');
    expect(first.outcome).toBe('succeeded');
    const name = (await docker.json<readonly { Name: string }[]>('/networks'))
      .map(({ Name }) => Name)
      .find((one) => one.endsWith('.taken.test'));
    const other = name?.replace('.taken.', '.squat.') ?? '';
    await docker.send('POST', '/networks/create', { Name: other });
    const { outcome, reason } = await ship('squat');
    expect({ outcome, reason }).toEqual({ outcome: 'failed', reason: expect.stringContaining(`docker network rm ${other}`) });
    expect((await docker.json<readonly { Name: string }[]>('/networks')).map(({ Name }) => Name)).toContain(other);
    await docker.send('DELETE', `/networks/${other}`);
  });

  test('no Engine at the socket: the plan says where it was looked for; the rest of the daemon works', async () => {
    const lost = await openHouse(docker, { docker_host: `unix://${join(docker.directory, 'nowhere.sock')}` });
    try {
      const refused = lost.call('change.plan', { manifest: manifest('lost') });
      await expect(refused).rejects.toMatchObject({
        code: 'runtime_unavailable',
        message: expect.stringContaining('nowhere.sock does not exist'),
      });
      expect(await lost.call('apps.status')).toMatchObject({ environments: [] });
    } finally {
      await lost[Symbol.asyncDispose]();
    }
  });

  test('an image that is here is not asked of any registry', async () => {
    await expect(plan('local', { image })).resolves.toMatchObject({ changes: [{ kind: 'create' }] });
  });
});
