// A registry on loopback that says one thing to everybody; the Engine trusts those.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Says = number | 'nothing';

/** `port`: 0 for any. */
export async function refusingRegistry(says: Says, port: number): Promise<AsyncDisposable & { readonly name: string }> {
  const server = createServer((request, response) => {
    if (says === 'nothing') return;
    // What has no image is a registry none the less.
    const there = says === 404 && request.url === '/v2/';
    const body = JSON.stringify({ errors: says === 404 ? [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] : [] });
    response.writeHead(there ? 200 : says, { 'content-type': 'application/json' }).end(there ? '{}' : body);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    name: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
