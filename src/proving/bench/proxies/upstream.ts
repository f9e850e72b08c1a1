// The server behind every proxy: answers `GET /SIZE` with that many bytes, with as little work as Node.js allows.
import { join } from 'node:path';
import { writeFileAtomic } from '../../../platform/files.ts';
import type { Child } from '../../../platform/process/child.ts';
import { startOnCore } from './proxy.ts';

/** It reads heads only: a load of GET requests has nothing else. */
const program = (port: number): string => `
const { createServer } = require('node:net');
const answers = new Map();
function answer(size) {
  if (!answers.has(size))
    answers.set(size, Buffer.from('HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: ' + size + '\\r\\n\\r\\n' + 'x'.repeat(size)));
  return answers.get(size);
}
createServer((socket) => {
  let rest = '';
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1');
    for (let at = rest.indexOf('\\r\\n\\r\\n'); at >= 0; at = rest.indexOf('\\r\\n\\r\\n')) {
      socket.write(answer(Number(/^GET \\/(\\d+)/.exec(rest)?.[1] ?? 0)));
      rest = rest.slice(at + 4);
    }
  });
}).listen(${port}, '127.0.0.1');
`;

export async function startUpstream(node: string, directory: string, port: number, signal: AbortSignal): Promise<Child> {
  const file = join(directory, 'upstream.cjs');
  await writeFileAtomic(file, program(port));
  return startOnCore(1, [node, file], { directory, port }, signal);
}
