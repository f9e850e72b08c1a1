// An Engine that is reached over TCP: with the right certificates it is one like any other, with wrong ones it is said what is wrong.
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { House } from '../kit/house.ts';
import { get } from '../kit/http.ts';
import type { Certificates } from '../lab/certificates.ts';
import { certificatesIn } from '../lab/certificates.ts';
import { Dockerd } from '../lab/dockerd.ts';
import { makeImage, manifest, noEngine, onDocker, openHouse } from './kit.ts';

/** One that nobody listens at now: the Engine takes none that it could choose itself. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.skipIf(noEngine)(onDocker, () => {
  let place: string;
  let certificates: Certificates;
  let docker: Dockerd;
  let host: string;

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'codectl-tls-'));
    certificates = await certificatesIn(join(place, 'ours'));
    host = `tcp://127.0.0.1:${await freePort()}`;
    docker = await Dockerd.open([...certificates.engine, '-H', host]);
    await makeImage(docker);
  });
  afterAll(async () => {
    await docker[Symbol.asyncDispose]();
    await rm(place, { recursive: true, force: true });
  });

  const within = async (settings: Readonly<Record<string, string>>, work: (house: House) => Promise<void>) => {
    await using house = await openHouse(docker, { docker_host: host, ...settings });
    await work(house);
  };

  test('deploys, and is told of what ends, over TLS', async () => {
    await within({ docker_tls: certificates.client }, async (house) => {
      expect(await house.outcome(await house.deploy(manifest('tls', { env: { VERSION: 'v1' } })))).toMatchObject({ outcome: 'succeeded' });
      expect((await get({ host: 'tls.localhost', port: (await house.gateway()).port, path: '/' })).body).toBe('v1');
    });
  });

  test('an Engine whose certificate is of another authority is not believed', async () => {
    const { client } = await certificatesIn(join(place, 'others'));
    await within({ docker_tls: client }, async (house) => {
      await expect(house.call('change.plan', { manifest: manifest('tls') })).rejects.toMatchObject({
        code: 'runtime_unavailable',
        message: expect.stringMatching(/certificate/),
        hint: expect.stringContaining('docker_tls'),
      });
    });
  });

  test('without certificates the Engine that wants them refuses, and the hint says what to set', async () => {
    await within({}, async (house) => {
      await expect(house.call('change.plan', { manifest: manifest('tls') })).rejects.toMatchObject({
        code: 'runtime_unavailable',
        hint: expect.stringContaining('docker_tls'),
      });
    });
  });
});
