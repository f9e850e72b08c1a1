// Who we are to a cluster over real TLS: certificates of authorities, right, wrong and expired; what is renewed in its files; programs that are asked again.
import { X509Certificate } from 'node:crypto';
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestCluster } from '../kit/kube/cluster.ts';
import { until } from '../kit/until.ts';
import { certificatesIn, whyNoCertificates } from '../lab/certificates.ts';
import type { Caller } from './callers.ts';
import { callerOn } from './callers.ts';
import { openCluster } from './kit.ts';

const missing = await whyNoCertificates();
const name = missing === undefined ? 'over TLS' : `over TLS (skipped: ${missing})`;

describe.skipIf(missing !== undefined)(name, () => {
  let place: string;
  let home: TestCluster;
  let cluster: TestCluster;
  const text = (...path: readonly string[]) => readFile(join(place, ...path), 'utf8');
  const encoded = async (...path: readonly string[]) => Buffer.from(await text(...path)).toString('base64');
  const opened = async (certificates: string) =>
    openCluster({
      token: 'right',
      tls: {
        cert: await text(certificates, 'engine', 'cert.pem'),
        key: await text(certificates, 'engine', 'key.pem'),
        ca: await text(certificates, 'engine', 'ca.pem'),
      },
    });

  beforeAll(async () => {
    home = await openCluster();
    place = home.directory;
    await certificatesIn(join(place, 'ours'));
    await certificatesIn(join(place, 'others'));
    cluster = await opened('ours');
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
  });

  const trusted = () => ({ 'certificate-authority': join(place, 'ours', 'ca.pem') });
  const caller = async (user: object, trust: object = trusted()): Promise<Caller> =>
    callerOn({ config: await cluster.kubeconfig(user, trust) });
  const asks = async (user: object, trust?: object): Promise<unknown> => (await caller(user, trust)).ask();
  const version = { gitVersion: 'v1.34.0-test' };

  it('a client certificate is believed, in the kubeconfig or in files beside it', async () => {
    const data = {
      'client-certificate-data': await encoded('ours', 'client', 'cert.pem'),
      'client-key-data': await encoded('ours', 'client', 'key.pem'),
    };
    expect(await asks(data, { 'certificate-authority-data': await encoded('ours', 'ca.pem') })).toMatchObject(version);
    const files = {
      'client-certificate': join(place, 'ours', 'client', 'cert.pem'),
      'client-key': join(place, 'ours', 'client', 'key.pem'),
    };
    expect(await asks(files)).toMatchObject(version);
  });

  it('one of another authority is not, nor is nobody', async () => {
    const denied = { code: 'denied', message: expect.stringContaining('does not accept the credentials of context test') };
    const theirs = {
      'client-certificate': join(place, 'others', 'client', 'cert.pem'),
      'client-key': join(place, 'others', 'client', 'key.pem'),
    };
    await expect(asks(theirs)).rejects.toMatchObject(denied);
    await expect(asks({})).rejects.toMatchObject(denied);
  });

  it('certificates that do not fit each other are named before anybody is asked', async () => {
    const mixed = {
      'client-certificate': join(place, 'ours', 'client', 'cert.pem'),
      'client-key': join(place, 'others', 'client', 'key.pem'),
    };
    await expect(asks(mixed)).rejects.toMatchObject({
      code: 'settings_invalid',
      message: expect.stringContaining('The certificates of context test cannot be used'),
    });
  });

  it('an API whose certificate is of another authority is not believed', async () => {
    await expect(asks({ token: 'right' }, { 'certificate-authority': join(place, 'others', 'ca.pem') })).rejects.toMatchObject({
      code: 'runtime_unavailable',
      message: expect.stringContaining('is not to be trusted'),
      hint: expect.stringContaining('certificate-authority'),
    });
  });

  it('nor is one without any that we know; who asks for it in so many words believes everybody', async () => {
    await expect(asks({ token: 'right' }, {})).rejects.toMatchObject({ code: 'runtime_unavailable' });
    expect(await asks({ token: 'right' }, { 'insecure-skip-tls-verify': true })).toMatchObject(version);
  });

  it('a certificate that has expired is said to have', async () => {
    await certificatesIn(join(place, 'expired'), 0);
    const { validTo } = new X509Certificate(await text('expired', 'engine', 'cert.pem'));
    await until(
      () => Date.now(),
      (now) => now > Date.parse(validTo) + 1_000,
    );
    await using old = await opened('expired');
    const config = await old.kubeconfig({ token: 'right' }, { 'certificate-authority': join(place, 'expired', 'ca.pem') });
    await expect(callerOn({ config }).ask()).rejects.toMatchObject({
      code: 'runtime_unavailable',
      message: expect.stringContaining('CERT_HAS_EXPIRED'),
    });
  });

  it('tls-server-name is the name that is looked for in the certificate', async () => {
    const elsewhere = { ...trusted(), server: `https://localhost:${cluster.port}` };
    await expect(asks({ token: 'right' }, elsewhere)).rejects.toMatchObject({
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    });
    expect(await asks({ token: 'right' }, { ...elsewhere, 'tls-server-name': 'kube.test' })).toMatchObject(version);
  });

  it('a token that is renewed in its file is read again, when it was refused and when it is old', async () => {
    const file = join(place, 'token');
    await writeFile(file, 'first');
    cluster.api.options.token = 'first';
    const { ask, clock, shown } = await caller({ tokenFile: file });
    expect(await ask()).toMatchObject(version);
    await writeFile(file, 'second');
    cluster.api.options.token = 'second';
    expect(await ask()).toMatchObject(version);
    await writeFile(file, 'third');
    expect(await shown()).toBe('Bearer second');
    clock.moveTo(clock.now() + 61_000);
    expect(await shown()).toBe('Bearer third');
    cluster.api.options.token = 'right';
  });

  it('so are client certificates', async () => {
    const renewed = join(place, 'renewed');
    await mkdir(renewed);
    const take = (from: string) =>
      Promise.all(['cert.pem', 'key.pem'].map((one) => copyFile(join(place, from, 'client', one), join(renewed, one))));
    await take('others');
    const { ask } = await caller({ 'client-certificate': join(renewed, 'cert.pem'), 'client-key': join(renewed, 'key.pem') });
    await expect(ask()).rejects.toMatchObject({ code: 'denied' });
    await take('ours');
    expect(await ask()).toMatchObject(version);
  });

  it('a program may hand out a certificate, and is asked again when that ends', async () => {
    const counter = join(place, 'certified');
    const status = {
      clientCertificateData: await text('ours', 'client', 'cert.pem'),
      clientKeyData: await text('ours', 'client', 'key.pem'),
      expirationTimestamp: '2030-01-01T01:00:00Z',
    };
    await writeFile(
      join(place, 'answer'),
      JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }),
    );
    const program = join(place, 'certify');
    await writeFile(program, `#!/bin/sh\necho asked >> ${counter}\ncat ${join(place, 'answer')}\n`);
    await chmod(program, 0o755);
    const asked = async () => (await readFile(counter, 'utf8')).split('\n').length - 1;
    const { ask, clock } = await caller({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: program } });
    expect(await ask()).toMatchObject(version);
    await ask();
    expect(await asked()).toBe(1);
    clock.moveTo(Date.parse('2030-01-01T00:59:55Z'));
    expect(await ask()).toMatchObject(version);
    expect(await asked()).toBe(2);
  });

  it('in a pod, what the pod is given is enough, and its token is renewed there', async () => {
    const mounted = join(place, 'mounted');
    await mkdir(mounted);
    await Promise.all([
      copyFile(join(place, 'ours', 'ca.pem'), join(mounted, 'ca.crt')),
      writeFile(join(mounted, 'namespace'), 'shop'),
      writeFile(join(mounted, 'token'), 'right'),
    ]);
    const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(cluster.port) };
    const { ask, client } = callerOn({ config: 'in-cluster', mounted, environment });
    expect(client.place).toMatchObject({ context: 'in-cluster', namespace: 'shop' });
    expect(await ask()).toMatchObject(version);
    await writeFile(join(mounted, 'token'), 'renewed\n');
    cluster.api.options.token = 'renewed';
    expect(await ask()).toMatchObject(version);
    cluster.api.options.token = 'right';
  });
});
