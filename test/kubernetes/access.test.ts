// Who we are to a cluster: every way of a kubeconfig that is supported, and what is said where it leads nowhere.
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestCluster } from '../kit/kube/cluster.ts';
import { scope } from '../kit/specs.ts';
import { until } from '../kit/until.ts';
import { never, runtimeOn } from './bench.ts';
import { callerOn } from './callers.ts';
import { openCluster } from './kit.ts';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await openCluster({ token: 'right' });
});
afterEach(() => cluster[Symbol.asyncDispose]());

const looks = async (user: object, told: Parameters<typeof runtimeOn>[1] = {}): Promise<unknown> => {
  using runtime = runtimeOn(await cluster.kubeconfig(user), told);
  return await runtime.observe(scope, never);
};

/** A program that prints credentials, and counts how often it was asked. */
async function plugin(status: object, more = ''): Promise<{ readonly exec: object; readonly asked: () => Promise<number> }> {
  const path = join(cluster.directory, 'login');
  const counter = join(cluster.directory, 'asked');
  const credential = JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status });
  await writeFile(path, `#!/bin/sh\n${more}\necho "$KUBERNETES_EXEC_INFO" >> ${counter}\ncat <<'EOC'\n${credential}\nEOC\n`);
  await chmod(path, 0o755);
  const asked = async () => (await readFile(counter, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '').length;
  return {
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './login', interactiveMode: 'Never', provideClusterInfo: true },
    asked,
  };
}

describe('credentials', () => {
  it('may be a token, in the file or in one beside it', async () => {
    expect(await looks({ token: 'right' })).toEqual([]);
    await writeFile(join(cluster.directory, 'token'), 'right\n');
    expect(await looks({ tokenFile: 'token' })).toEqual([]);
  });

  it('may be handed out by a program, which is asked once', async () => {
    const { exec, asked } = await plugin({ token: 'right', expirationTimestamp: '2999-01-01T00:00:00Z' });
    using runtime = runtimeOn(await cluster.kubeconfig({ exec }));
    await runtime.observe(scope, never);
    await runtime.observe(scope, never);
    expect(await asked()).toBe(1);
    expect(await readFile(join(cluster.directory, 'asked'), 'utf8')).toContain(`"server":"${cluster.server}/"`);
  });

  it('are asked for again when they have been refused', async () => {
    const state = join(cluster.directory, 'second');
    const { exec, asked } = await plugin(
      { token: 'right' },
      `[ -f ${state} ] || { touch ${state}; echo 1 >> ${join(cluster.directory, 'asked')}; echo '{"apiVersion":"client.authentication.k8s.io/v1","status":{"token":"old"}}'; exit 0; }`,
    );
    expect(await looks({ exec })).toEqual([]);
    expect(await asked()).toBe(2);
  });

  it('that have expired are named, with what to do', async () => {
    await expect(looks({ token: 'expired' })).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringContaining('does not accept the credentials of context test'),
      hint: expect.stringContaining('kubectl --context test auth whoami'),
    });
  });

  it('of a program that is not there: its own hint says how to get it', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-login', installHint: 'Install it.' };
    await expect(looks({ exec })).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringContaining('no-such-login'),
      hint: 'Install it.',
    });
  });

  it('that a program does not give are explained in its words', async () => {
    const { exec } = await plugin({}, 'echo "session has ended" >&2; exit 3');
    await expect(looks({ exec: { ...exec, installHint: 'Run "provider login".' } })).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringContaining('it ended with 3: session has ended'),
      hint: 'Run "provider login".',
    });
  });
});

describe('a kubeconfig', () => {
  it('is missed by its name', async () => {
    using runtime = runtimeOn('/nowhere/config');
    await expect(runtime.observe(scope, never)).rejects.toMatchObject({
      code: 'settings_invalid',
      message: expect.stringContaining('/nowhere/config does not exist'),
    });
  });

  it('is told what it does not have', async () => {
    await expect(looks({ token: 'right' }, { context: 'tets' })).rejects.toMatchObject({
      message: expect.stringContaining('has no context called tets; it has test, did you mean "test"?'),
    });
  });

  it('of several files is one: the first entry of a name counts', async () => {
    const wrong = await cluster.kubeconfig({ token: 'right' });
    const other = join(cluster.directory, 'others');
    const entry = { name: 'other', context: { cluster: 'here', user: 'you' } };
    const users = [
      { name: 'me', user: { token: 'wrong' } },
      { name: 'you', user: { tokenFile: 'beside' } },
    ];
    await writeFile(other, JSON.stringify({ 'current-context': 'other', contexts: [entry], users }));
    await writeFile(join(cluster.directory, 'beside'), 'right');
    const environment = { KUBECONFIG: `${wrong}:/nowhere/config:${other}` };
    for (const context of ['', 'test', 'other'])
      expect(await callerOn({ config: '', context, environment }).ask()).toMatchObject({ major: '1' });
    expect(callerOn({ config: '', environment }).client.place.context).toBe('test');
  });

  it.each([
    [{ as: 'root', token: 'right' }, {}, /impersonates root .*not supported/],
    [{ 'auth-provider': { name: 'oidc' } }, {}, /auth-provider oidc, which is not supported/],
    [{ 'client-certificate-data': 'YQ==' }, {}, /certificate without its key/],
    [{ exec: { apiVersion: 'v1', command: 'ask', interactiveMode: 'Always' } }, {}, /plugin ask asks a person/],
    [{ token: 'right' }, { 'proxy-url': 'http://proxy.test' }, /behind a proxy \(proxy-url\), which is not supported/],
    [{ token: 'right' }, { server: 'here' }, /is no address: here/],
  ])('names what it asks for and cannot be had: %j %j', async (user, trust, said) => {
    const config = await cluster.kubeconfig(user, trust);
    expect(() => callerOn({ config })).toThrow(expect.objectContaining({ code: 'settings_invalid', message: expect.stringMatching(said) }));
  });

  it('is read again once it was written', async () => {
    const path = join(cluster.directory, 'later');
    using runtime = runtimeOn(path);
    await expect(runtime.observe(scope, never)).rejects.toMatchObject({ code: 'settings_invalid' });
    await writeFile(path, await readFile(await cluster.kubeconfig({ token: 'right' })));
    expect(
      await until(
        () => runtime.observe(scope, never),
        () => true,
      ),
    ).toEqual([]);
  });
});

it('in-cluster is refused outside of one', async () => {
  using runtime = runtimeOn('in-cluster');
  await expect(runtime.observe(scope, never)).rejects.toMatchObject({
    code: 'settings_invalid',
    hint: expect.stringContaining('kubernetes_config=PATH'),
  });
});
