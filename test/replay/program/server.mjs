// A service, or a worker, that behaves as its witness says. Nothing but Node.js: every runtime can run it.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const { APP, VERSION, WITNESS, PORT, HOST, CODE_SERVICE = 'none', CODE_INSTANCE = 'none', BROKEN } = process.env;

/** Asks or tells the witness; its answer decides. */
async function ask(what) {
  const query = new URLSearchParams({ what, app: APP, service: CODE_SERVICE, version: VERSION, instance: CODE_INSTANCE });
  return fetch(`${WITNESS}/?${query}`);
}

const routes = {
  healthz: async (response) => {
    const { status } = await ask('health');
    response.writeHead(status, status > 300 && status < 400 ? { location: '/elsewhere' } : {}).end();
  },
  slow: async (response, query) => {
    await ask('slow');
    setTimeout(() => response.end('slow'), Number(query.get('ms')));
  },
  stream: (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => response.write(`data: ${VERSION}\n\n`), 30);
    response.on('close', () => clearInterval(timer));
  },
  crash: () => {
    console.error(`${VERSION} crashes`);
    process.exit(3);
  },
  exit: async (response, query) => {
    await ask('exit');
    process.exit(Number(query.get('code')));
  },
  env: (response, query) => response.end(process.env[query.get('name')] ?? ''),
  reach: async (response, query) => response.end(await (await fetch(query.get('url'))).text()),
  big: (response, query) => response.end(Buffer.alloc(Number(query.get('bytes')), 'x')),
};

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://here');
  response.setHeader('x-version', VERSION);
  response.setHeader('x-instance', CODE_INSTANCE);
  const route = routes[pathname.split('/').at(-1)];
  if (route) route(response, searchParams);
  else if (BROKEN) response.writeHead(500).end();
  else response.end(VERSION);
});
// A WebSocket that never says anything: who closes it, and how, is the question.
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.on('error', () => socket.destroy());
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
});

const { start, onSigterm } = await (await ask('start')).json();

process.on('SIGTERM', async () => {
  await ask('sigterm');
  if (onSigterm === 'ignore') return;
  if (onSigterm === 'finish' && server.listening) {
    server.closeIdleConnections();
    await new Promise((resolve) => server.close(resolve));
  } else if (typeof onSigterm === 'number') await new Promise((resolve) => setTimeout(resolve, onSigterm));
  await ask('done');
  process.exit(0);
});

if (start === 'crash') routes.crash();
if (start === 'done') process.exit(0);
if (start === 'mute' || PORT === undefined) setInterval(() => undefined, 60_000);
else server.listen(start === 'elsewhere' ? 0 : PORT, HOST, () => console.log(`${VERSION} listens`));
