// What is about TLS, on real servers with one hole each, and without.
import type { RequestListener } from 'node:http';
import { createServer as createPlain } from 'node:http';
import type { ServerOptions } from 'node:https';
import { createServer } from 'node:https';
import { expect, it } from 'vitest';
import { anAuthority, day } from '../../tls/kit.ts';
import { listening } from './holes.ts';
import { found, prove } from './prove.ts';

const host = 'site.test';
const all = ['tls.offered', 'tls.hsts', 'tls.protocols', 'tls.certificate', 'tls.redirect'];

interface Setting {
  readonly options?: ServerOptions;
  readonly names?: readonly string[];
  readonly hsts?: string;
  readonly plain?: RequestListener;
}

async function results({ options, names = [host], hsts = 'max-age=31536000', plain }: Setting) {
  const { certificate, key } = await (await anAuthority()).serve(names, day);
  const answer: RequestListener = (_, response) => response.setHeader('strict-transport-security', hsts).end('hello');
  await using secure = await listening(createServer({ cert: certificate, key, ...options }, answer));
  await using open = await listening(
    createPlain(plain ?? ((_, response) => response.writeHead(308, { location: `https://${host}/` }).end())),
  );
  return (await prove(open.port, { securePort: secure.port, host, only: all })).results;
}

it('a sound one has no finding, and all were tried', async () => {
  expect((await results({})).map(({ word }) => word)).toEqual(all.map(() => 'passed'));
});

it.each<[string, Setting]>([
  ['tls.hsts', { hsts: 'max-age=60' }],
  ['tls.protocols', { options: { minVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } }],
  ['tls.certificate', { names: ['elsewhere.test'] }],
  ['tls.redirect', { plain: (_, response) => response.end('hello') }],
])('%s is found alone', async (probe, setting) => {
  expect(found(await results(setting))).toEqual([probe]);
});

it('a host that others reach without TLS is found', async () => {
  await using open = await listening(createPlain((_, response) => response.end('hello')));
  expect(found((await prove(open.port, { host: 'shop.example', only: all })).results)).toEqual(['tls.offered']);
});
