// The orders API of the shop. Settings: PORT, HOST, CODE_VOLUME_DATA (where orders.db is kept), CODE_INSTANCE (its own name).
import { createServer } from 'node:http';
import { openOrders } from './orders.js';
import { createRoutes } from './routes.js';
import { version } from './version.js';

const { PORT = '8080', HOST = '127.0.0.1', CODE_VOLUME_DATA = 'data', CODE_INSTANCE = `api-${process.pid}` } = process.env;

const orders = openOrders(CODE_VOLUME_DATA);
const answer = createRoutes({ orders, instance: CODE_INSTANCE });
let stopping = false;

const server = createServer(async (request, response) => {
  let { status, body, headers = {} } = await answer(request).catch(failure);
  // Told to stop, this replica asks the caller to come back on another connection, which will lead elsewhere.
  if (stopping) headers = { ...headers, connection: 'close' };
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'x-shop-version': version,
    ...headers,
  });
  response.end(text);
  // What of a body nobody wanted to read is thrown away as it comes: a connection that ends in the middle of it would lose the answer.
  request.resume();
});

function failure(error) {
  console.error(error);
  return { status: 500, body: { error: 'the shop made a mistake; it is in the log' } };
}

server.listen(Number(PORT), HOST, () => console.log(`api ${version} listens on http://${HOST}:${server.address().port}`));

process.once('SIGTERM', () => {
  stopping = true;
  console.log('api stops: requests that are under way are finished first');
  // Connections that become idle from now on have nothing to wait for.
  setInterval(() => server.closeIdleConnections(), 50).unref();
  server.close(() => {
    orders.close();
    console.log('api stopped');
    process.exit(0);
  });
});
