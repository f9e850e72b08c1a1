// Secrets that a cluster keeps: found by their labels, read at each start, hidden in output, and never written.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretsReader } from '../../src/adapters/runtimes/kubernetes/kubernetes.ts';
import { KubernetesSecrets } from '../../src/adapters/secrets/kubernetes/kubernetes.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Redactor } from '../../src/base/redactor.ts';
import { cli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';
import { TestCluster } from '../kit/kube/cluster.ts';
import { Status } from '../kit/kube/status.ts';

const scope = { application: 'shop', environment: 'live' };
let cluster: TestCluster;
let redactor: Redactor;
beforeEach(async () => {
  cluster = await TestCluster.open();
  redactor = new Redactor();
});
afterEach(() => cluster[Symbol.asyncDispose]());

/** As `kubectl` makes and labels it, by the API, which looks at it strictly. */
async function put(name: string, values: Readonly<Record<string, string | Buffer>>, { application = 'shop', environment = 'live' } = {}) {
  const labels = { 'codectl/secrets-application': application, 'codectl/secrets-environment': environment };
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  const query = 'fieldManager=kubectl&fieldValidation=Strict&force=true';
  const answer = await fetch(`${cluster.server}/api/v1/namespaces/shop/secrets/${name}?${query}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, labels }, type: 'Opaque', data }),
  });
  expect([answer.status, answer.ok ? '' : await answer.text()]).toEqual([expect.any(Number), '']);
}

async function open(namespace = '') {
  const config = await cluster.kubeconfig();
  const wish = { access: { config, context: '' }, namespace, environment: {}, random: () => 0, clock: systemClock };
  return KubernetesSecrets.open({ open: () => secretsReader(wish, new AbortController().signal), redactor });
}

describe('secrets that a cluster keeps', () => {
  it('are found where their labels say, each key that is a name, and what is no text is left out', async () => {
    await put('db', { DATABASE_URL: 'canary-db', 'tls.crt': 'x', BINARY: Buffer.from([0xff, 0xfe]), NUL: 'a\0b', EMPTY: '' });
    await put('mail', { SMTP: 'canary-mail' });
    await put('blog', { DATABASE_URL: 'canary-blog' }, { application: 'blog' });
    cluster.api.objects.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'other' }, data: { OTHER: 'eA==' } }, 'shop');
    const { secrets, problem } = await open();
    expect(problem).toBeUndefined();
    expect((await secrets.list()).map(({ scope: { application }, name, by }) => [application, name, by])).toEqual([
      ['blog', 'DATABASE_URL', 'kubernetes:blog'],
      ['shop', 'DATABASE_URL', 'kubernetes:db'],
      ['shop', 'SMTP', 'kubernetes:mail'],
    ]);
    const names = ['DATABASE_URL', 'SMTP', 'OTHER', 'NUL'];
    expect(await secrets.values(scope, names)).toEqual({ DATABASE_URL: 'canary-db', SMTP: 'canary-mail' });
    expect(await secrets.values({ ...scope, environment: 'test' }, names)).toEqual({});
  });

  it('are read anew at each start, and every value that was one is hidden', async () => {
    await put('db', { A: 'canary-first' });
    const { secrets } = await open();
    expect(redactor.hide('canary-first')).toBe('[redacted]');
    await put('db', { A: 'canary-second' });
    expect(await secrets.values(scope, ['A'])).toEqual({ A: 'canary-second' });
    expect(redactor.hide('canary-first canary-second')).toBe('[redacted] [redacted]');
  });

  it('say when they were changed last', async () => {
    await put('db', { A: 'canary-a' });
    const { secrets } = await open();
    const [made] = await secrets.list();
    const later = new Date((made?.at ?? 0) + 60_000).toISOString();
    cluster.api.objects.update('Secret', 'db', (copy) =>
      Object.assign(copy.metadata, { managedFields: [{ manager: 'kubectl', time: later }] }),
    );
    const [changed] = await secrets.list();
    expect([made?.at !== 0, changed?.at]).toEqual([true, Date.parse(later)]);
    expect(changed?.version).toBeGreaterThan(made?.version ?? Infinity);
  });

  it('are found on every page of a long list', async () => {
    for (let at = 0; at < 501; at += 1)
      cluster.api.objects.create(
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: `s-${at}`, labels: { 'codectl/secrets-application': 'shop', 'codectl/secrets-environment': 'live' } },
          data: { [`NAME_${at}`]: Buffer.from(`canary-${at}`).toString('base64') },
        },
        'shop',
      );
    const { secrets } = await open();
    expect(await secrets.list()).toHaveLength(501);
  });

  it('of which two have the same name are told apart by nobody', async () => {
    await put('one', { A: 'canary-one' });
    await put('two', { A: 'canary-two', B: 'canary-b' });
    const { secrets } = await open();
    expect(await secrets.values(scope, ['B'])).toEqual({ B: 'canary-b' });
    await expect(secrets.values(scope, ['A'])).rejects.toMatchObject({
      code: 'secrets_locked',
      message: expect.stringMatching(/A of shop\/live: one and two/),
      hint: expect.stringContaining('kubectl label secret two codectl/secrets-application-'),
    });
  });

  it('that one may not list are told so, nothing is shown meanwhile, and all is well when one may', async () => {
    await put('db', { A: 'canary-a' });
    cluster.api.options.admit = ({ kind }) =>
      kind.kind === 'Secret' ? new Status(403, 'Forbidden', 'secrets is forbidden: User "me" cannot list resource "secrets"') : undefined;
    const { secrets, problem } = await open();
    expect(problem).toMatchObject({ code: 'secrets_locked', message: expect.stringContaining('cannot list resource "secrets"') });
    expect(redactor.output('canary-a')).toContain('not shown');
    delete cluster.api.options.admit;
    expect(await secrets.values(scope, ['A'])).toEqual({ A: 'canary-a' });
    expect(redactor.output('canary-a')).toBe('[redacted]');
  });

  it('of a cluster that is gone are told so', async () => {
    const { secrets } = await open();
    await cluster.api.close();
    await expect(secrets.values(scope, ['A'])).rejects.toMatchObject({ code: 'secrets_locked' });
    await cluster.reopen();
  });

  it('are set, removed and rotated there, not here', async () => {
    const { secrets } = await open();
    await expect(secrets.set({ scope, name: 'A', value: 'canary-value', by: 'user:x' })).rejects.toMatchObject({
      code: 'unsupported',
      hint: expect.stringMatching(/kubectl -n shop create secret generic NAME --from-file=A=FILE.*codectl\/secrets-application=shop/),
    });
    await expect(secrets.remove(scope, 'A')).rejects.toMatchObject({ code: 'unsupported' });
    await expect(secrets.rotate()).rejects.toMatchObject({ code: 'unsupported' });
  });
});

describe('an engine whose secrets a cluster keeps', () => {
  it('gives them to what it starts, refuses what has none, and hides them', async () => {
    await put('db', { DATABASE_URL: 'canary-from-cluster' }, { environment: 'default' });
    const environment = { CODE_KUBERNETES_CONFIG: await cluster.kubeconfig() };
    await using house = await House.open({ kubernetes_secrets: 'labelled' }, environment);
    const project = join(house.root, 'shop');
    await mkdir(project);
    const manifest = (name: string) => `
application: shop
services:
  api:
    run: { command: [node, -e, "console.log('has ' + process.env.DATABASE_URL); setInterval(() => {}, 1000)"] }
    secrets: [${name}]
    strategy: { kind: rolling, bake: 0s }
    probe: { interval: 50ms, passes: 1 }
`;
    const run = (...args: readonly string[]) => cli(['--home', house.home, ...args], project);
    await writeFile(join(project, 'code.yaml'), manifest('MISSING'));
    expect(await run('deploy', '--yes')).toMatchObject({ code: 1, stderr: expect.stringContaining('has no value for the secret MISSING') });
    await writeFile(join(project, 'code.yaml'), manifest('DATABASE_URL'));
    expect(await run('deploy', '--yes')).toMatchObject({ code: 0 });
    expect((await run('logs', 'api')).stdout).toContain('has [redacted]');
    const look = "process.stdout.write(process.env.DATABASE_URL.split('').reverse().join(''))";
    expect((await run('exec', 'api', '--', 'node', '-e', look)).stdout).toBe('retsulc-morf-yranac');
    expect((await run('secret', 'list')).stdout).toContain('DATABASE_URL');
  });
});
