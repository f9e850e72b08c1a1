// The API shows a certificate of an ACME authority as soon as there is one: a strict server comes and looks at the real gateway.
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openAcmeServer } from '../kit/acme/server.ts';
import { cli } from '../kit/cli.ts';
import { House } from '../kit/house.ts';
import { until } from '../kit/until.ts';
import { ask } from '../tls/kit.ts';

const host = 'engine.test';
const portIn = (address: string): number => Number(address.split(':').at(-1));

describe.each(['http-01', 'tls-alpn-01'])('the API with api_tls: acme, by %s', (challenge) => {
  it('shows that of the authority, and doctor tells until when', async () => {
    const house = await House.open({ gateway_tls_listen: '127.0.0.1:0' });
    onTestFinished(() => house[Symbol.asyncDispose]());
    const { listening, secure } = await house.call<{ listening: string; secure: string }>('traffic.routes', {}, 'GET');
    const server = await openAcmeServer({ ports: { http: portIn(listening), tls: portIn(secure) } });
    onTestFinished(server.close);
    const trust = join(house.root, 'trust.pem');
    await writeFile(trust, server.trust);
    const wanted = {
      api_tls: 'acme',
      api_names: host,
      acme_terms: 'agreed',
      acme_directory: server.url,
      acme_trust: trust,
      acme_challenge: challenge,
    };
    await appendFile(
      join(house.home, 'codectl.yaml'),
      Object.entries(wanted)
        .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
        .join(''),
    );
    // Its gateway stays where the server looks for it.
    await house.crash();
    await house.up();
    const shown = async (ca: string) => {
      const { api } = JSON.parse(await readFile(join(house.home, 'daemon.json'), 'utf8')) as { readonly api: string };
      return ask({ port: portIn(api), path: '/healthz', servername: host, headers: { host }, ca });
    };
    await until(
      () => shown(server.authority).catch(() => undefined),
      (answer) => answer?.status === 200,
    );
    expect(server.issued).toEqual([host]);
    const { findings } = await house.call<{ findings: readonly { subject: string }[] }>('system.doctor', {}, 'GET');
    const finding = findings.find(({ subject }) => subject === 'certificate of the API');
    expect(finding).toMatchObject({ state: 'ok', message: expect.stringContaining(host) });
  });
});

it.each([
  [['api_names=one.test,two.test'], 'api_names has one.test,two.test'],
  [['api_names=10.0.0.1'], 'api_names has 10.0.0.1'],
  [['api_names=one.test'], 'acme_terms=agreed'],
  [['api_names=one.test', 'acme_terms=agreed'], 'gateway_tls_listen=HOST:PORT'],
])('%j is refused with what is missing', async (more, said) => {
  const house = await House.open();
  onTestFinished(() => house[Symbol.asyncDispose]());
  await house.crash();
  const set = ['api_listen=127.0.0.1:0', 'gateway_listen=127.0.0.1:0', 'api_tls=acme', ...more].flatMap((one) => ['--set', one]);
  expect(await cli(['--home', house.home, 'up', ...set], house.root)).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
});
