// One gateway process per directory: a name that the kernel gives to one holder, and takes back when that one dies, however it dies.
import { createServer } from 'node:net';
import { CodeError } from '../base/errors.ts';
import { holderName } from '../platform/local-socket.ts';

/**
 * Holds the directory for as long as this process lives. Two processes that share an address could both be started for one directory, and
 * the one whose control socket was replaced would follow an old table for ever. Without such names (not Linux) addresses are not shared
 * either, and the address itself admits one only. Errors: `locked`.
 */
export async function holdDirectory(directory: string): Promise<void> {
  const name = holderName(directory);
  if (name === undefined) return;
  // Whoever asks only wants to know that somebody is here.
  const server = createServer((socket) => socket.destroy()).unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new CodeError('locked', `A gateway process already runs with ${directory}.`, { hint: 'Stop it with `codectl down --all`.', cause }),
      ),
    );
    server.listen({ path: name }, resolve);
  });
}
