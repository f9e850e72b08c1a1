// A registry that has one image: what an Engine saved of it, by the protocol by which other Engines pull.
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf } from '../../src/base/digest.ts';

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';

export interface Registry {
  /** `HOST:PORT/code-test/image@sha256:…` */
  readonly reference: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** `saved`: the answer of `GET /images/NAME/get`. */
export async function openRegistry(host: string, saved: Uint8Array): Promise<Registry> {
  const files = filesOf(Buffer.from(saved));
  const [listed] = JSON.parse(file(files, 'manifest.json').toString()) as readonly { Config: string; Layers: readonly string[] }[];
  const blobs = new Map<string, Buffer>();
  const put = (content: Buffer, mediaType: string) => {
    const digest = digestOf(content);
    blobs.set(digest, content);
    return { mediaType, size: content.length, digest };
  };
  const config = put(file(files, listed?.Config ?? ''), 'application/vnd.docker.container.image.v1+json');
  const layers = (listed?.Layers ?? []).map((path) => put(file(files, path), 'application/vnd.docker.image.rootfs.diff.tar.gzip'));
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config, layers }));
  const server = serve(blobs, manifest);
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    reference: `${host}:${port}/code-test/image@${digestOf(manifest)}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function serve(blobs: ReadonlyMap<string, Buffer>, manifest: Buffer): Server {
  return createServer((request, response) => {
    const [, kind, what = ''] = /\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? [];
    const content = kind === 'manifests' ? manifest : blobs.get(what);
    if (request.url === '/v2/') return void response.end();
    if (!content) return void response.writeHead(404).end();
    const type = kind === 'manifests' ? manifestType : 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-length': content.length, 'docker-content-digest': digestOf(content) });
    response.end(request.method === 'HEAD' ? undefined : content);
  });
}

function file(files: ReadonlyMap<string, Buffer>, path: string): Buffer {
  const found = files.get(path);
  if (!found) throw new Error(`the saved image has no ${path}`);
  return found;
}

/** Plain files of a tar; names of ustar, which is what an Engine writes for short ones. */
function filesOf(tar: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  const block = 512;
  for (let at = 0; at + block <= tar.length && tar[at] !== 0; ) {
    const text = (from: number, length: number) =>
      tar
        .subarray(at + from, at + from + length)
        .toString()
        .replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 12), 8) || 0;
    files.set(text(0, 100), tar.subarray(at + block, at + block + size));
    at += block + Math.ceil(size / block) * block;
  }
  return files;
}
