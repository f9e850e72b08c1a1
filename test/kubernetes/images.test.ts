// Tags looked up at their registry: pinned when planned, with logins of both kinds, and left as they are where nobody can tell.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pinAtRegistry } from '../../src/adapters/registries/distribution/distribution.ts';
import { outboundTo } from '../../src/platform/guard/network/outbound.ts';
import type { House } from '../kit/house.ts';
import type { TestCluster } from '../kit/kube/cluster.ts';
import { refusingRegistry } from '../lab/refusing.ts';
import { login, Registry, whyNoRegistry } from '../lab/registry.ts';
import { never } from './bench.ts';
import { image, manifest, openCluster, openHouse } from './kit.ts';

const basic = `Basic ${Buffer.from('me:a word').toString('base64')}`;
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** A registry that wants a token, which it hands out itself to whoever logs in. */
class TokenRegistry {
  readonly tags = new Map<string, string>();
  open = false;
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get name(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(url, 'http://here');
    if (pathname === '/token') {
      const known = headers.authorization === basic && searchParams.get('scope') === 'repository:shop/web:pull';
      return void response.writeHead(known ? 200 : 401).end(known ? JSON.stringify({ token: 'handed-out' }) : '{}');
    }
    if (!this.open && headers.authorization !== 'Bearer handed-out') {
      const challenge = `Bearer realm="http://${this.name}/token",service="test",scope="repository:shop/web:pull"`;
      return void response.writeHead(401, { 'www-authenticate': challenge }).end('{}');
    }
    const content = this.tags.get(/^\/v2\/shop\/web\/manifests\/(.+)$/.exec(pathname)?.[1] ?? '');
    if (content === undefined) return void response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    response.writeHead(200, { 'docker-content-digest': digestOf(content) }).end(content);
  }
}

let cluster: TestCluster;
let registry: TokenRegistry;
beforeAll(async () => {
  cluster = await openCluster();
  registry = await new TokenRegistry().listen();
});
afterAll(async () => {
  await registry.close();
  await cluster[Symbol.asyncDispose]();
});
beforeEach(() => {
  registry.open = false;
  registry.tags.set('1', 'first');
});

const logins = async (auths: object): Promise<string> => {
  const file = join(cluster.directory, 'logins.json');
  await writeFile(file, JSON.stringify({ auths }));
  return file;
};
const pin = (reference: string, options: { readonly logins?: string } = {}, rules: readonly string[] = []) =>
  pinAtRegistry({ outbound: outboundTo(rules), ...options }, reference, never);

describe('a tag', () => {
  it('is pinned to what it means now, by whoever may ask', async () => {
    registry.open = true;
    expect(await pin(`${registry.name}/shop/web:1`)).toEqual({ name: `${registry.name}/shop/web@${digestOf('first')}` });
  });

  it('is looked up with a token that a login gets', async () => {
    const file = await logins({ [registry.name]: { auth: basic.slice('Basic '.length) } });
    expect(await pin(`${registry.name}/shop/web:1`, { logins: file })).toEqual({ name: `${registry.name}/shop/web@${digestOf('first')}` });
  });

  it('stays a tag where we may not look, and where nobody answers', async () => {
    const loose = { name: `${registry.name}/shop/web:1`, loose: true };
    expect(await pin(loose.name)).toEqual(loose);
    expect(await pin(loose.name, { logins: await logins({ 'other.test': { auth: 'eDp5' } }) })).toEqual(loose);
    registry.open = true;
    expect(await pin(loose.name, {}, ['registry.test'])).toEqual(loose);
    await using broken = await refusingRegistry(500, 0);
    expect(await pin(`${broken.name}/shop/web:1`)).toMatchObject({ loose: true });
  });

  it('that the registry does not know is an error', async () => {
    registry.open = true;
    await expect(pin(`${registry.name}/shop/web:9`)).rejects.toMatchObject({
      code: 'artifact_missing',
      message: expect.stringContaining(`its registry ${registry.name} does not know it`),
    });
  });

  it('with a digest is not looked up', async () => {
    const name = `registry.invalid/web@${digestOf('x')}`;
    expect(await pin(name)).toEqual({ name });
  });

  it('is not looked up with logins that are none, and what they say is not repeated', async () => {
    const file = join(cluster.directory, 'broken.json');
    await writeFile(file, 'a secret word');
    const refused = pin(`${registry.name}/shop/web:1`, { logins: file });
    await expect(refused).rejects.toMatchObject({ code: 'settings_invalid', message: expect.not.stringContaining('secret') });
  });
});

const missing = await whyNoRegistry();
describe.skipIf(missing !== undefined)(`a registry that wants a login${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  it('tells the digest of what was pushed', async () => {
    await using real = await Registry.open();
    const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
    const send = async (method: string, url: string, body: string, type: string): Promise<Response> => {
      const answer = await fetch(url, { method, headers: { authorization, 'content-type': type }, body });
      expect(answer.status).toBeLessThan(300);
      return answer;
    };
    const begun = await send('POST', `http://${real.name}/v2/shop/web/blobs/uploads/`, '', 'application/octet-stream');
    const upload = new URL(begun.headers.get('location') ?? '', `http://${real.name}`);
    upload.searchParams.set('digest', digestOf('{}'));
    await send('PUT', upload.href, '{}', 'application/octet-stream');
    const type = 'application/vnd.oci.image.manifest.v1+json';
    const part = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('{}'), size: 2 };
    const content = JSON.stringify({ schemaVersion: 2, mediaType: type, config: part, layers: [] });
    await send('PUT', `http://${real.name}/v2/shop/web/manifests/1`, content, type);
    const file = await logins({ [`http://${real.name}/v1/`]: { auth: authorization.slice('Basic '.length) } });
    expect(await pin(`${real.name}/shop/web:1`, { logins: file })).toEqual({ name: `${real.name}/shop/web@${digestOf(content)}` });
    expect(await pin(`${real.name}/shop/web:1`)).toMatchObject({ loose: true });
  });
});

describe('a deployment on Kubernetes', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse(cluster);
  });
  afterAll(() => house?.[Symbol.asyncDispose]());

  it('runs what its tag meant when it was planned; pushed again, it is another release', async () => {
    registry.open = true;
    const name = `${registry.name}/shop/web`;
    for (const content of ['first', 'second']) cluster.images.set(`${name}@${digestOf(content)}`, image(content));
    const text = manifest(await cluster.freePort(), { replicas: 1, image: `${name}:1` });
    expect(await house.outcome(await house.deploy(text))).toMatchObject({ outcome: 'succeeded' });
    expect(JSON.stringify(cluster.api.objects.list('Deployment'))).toContain(`"image":"${name}@${digestOf('first')}"`);
    expect((await house.plan(text)).changes.filter((one) => one.kind !== 'none' && one.kind !== 'keep')).toEqual([]);
    registry.tags.set('1', 'second');
    expect(await house.outcome(await house.deploy(text))).toMatchObject({ outcome: 'succeeded' });
    expect(JSON.stringify(cluster.api.objects.list('Deployment'))).toContain(`"image":"${name}@${digestOf('second')}"`);
    await expect(house.plan(text.replace('web:1', 'web:9'))).rejects.toMatchObject({ code: 'artifact_missing' });
  });
});
