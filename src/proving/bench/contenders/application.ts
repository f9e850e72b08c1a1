// The application that every contender runs: plain Node.js without packages, which ends politely and says which process answered.
import { join } from 'node:path';
import { ensureDirectory, writeFileAtomic } from '../../../platform/files.ts';

/** The answer's headers: its version, the process that gave it, and that process's own time from its start to listening in milliseconds. */
export const told = { version: 'x-version', process: 'x-process', boot: 'x-boot' } as const;

/** `/` answers at once, `/slow` after a second, `/healthz` for probes; any upgrade becomes a silent WebSocket. */
const server = (version: string): string => `
const http = require('node:http');
const { createHash } = require('node:crypto');
const version = '${version}';
// Where processes cannot be told apart by their numbers, they are told their names.
const instance = process.env.BENCH_INSTANCE ?? String(process.pid);
const sockets = new Set();
let ending = false;
let boot = 0;
const server = http.createServer((request, response) => {
  response.setHeader('${told.version}', version);
  response.setHeader('${told.process}', instance);
  response.setHeader('${told.boot}', String(Math.round(boot)));
  // Or a busy connection would be kept for ever, and this process with it.
  if (ending) response.setHeader('connection', 'close');
  if (request.url === '/slow') setTimeout(() => { if (ending) response.setHeader('connection', 'close'); response.end('late'); }, 1000);
  else response.end('hello from ' + version);
});
server.on('upgrade', (request, socket) => {
  const key = createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + key + '\\r\\n\\r\\n');
  sockets.add(socket);
  // The first frame of such a client is its close frame; whoever closes is closed.
  socket.once('data', () => socket.end(Buffer.from([0x88, 0x02, 0x03, 0xe8])));
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sockets.delete(socket));
});
function end() {
  ending = true;
  server.close(() => process.exit(0));
  for (const socket of sockets) socket.end(Buffer.from([0x88, 0x02, 0x03, 0xe9]));
}
process.on('SIGTERM', end);
process.on('SIGINT', end);
server.listen(process.env.PORT, process.env.HOST ?? '127.0.0.1', () => { boot = performance.now(); });
`;

/** Writes one version of the application into a directory, over the one that is there. */
export async function writeApplication(directory: string, version: string): Promise<void> {
  await ensureDirectory(directory);
  await writeFileAtomic(join(directory, 'server.js'), server(version), 0o644);
}
