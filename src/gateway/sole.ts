// One gateway process per directory: a name that the kernel gives to one holder, and takes back when that one dies, however it dies.
import { createServer } from 'node:net';
import { CodeError } from '../base/errors.ts';
import { holderName, isHeld } from '../platform/holder.ts';

/**
 * Holds the directory for as long as this process lives. Two processes that share an address could both be started for one directory, and
 * the one whose control socket was replaced would follow an old table for ever. Without such names (not Linux) addresses are not shared
 * either, and the address itself admits one only. False when somebody else's process has the name: then nobody is kept out, for he must not be
 * able to keep us out. Errors: `locked`.
 */
export async function holdDirectory(directory: string): Promise<boolean> {
  const name = holderName(directory);
  if (name === undefined || (await take(name))) return true;
  if (await isHeld(directory))
    throw new CodeError('locked', `A gateway process already runs with ${directory}.`, { hint: 'Stop it with `codectl down --all`.' });
  // Whoever had it may have ended just now.
  return take(name);
}

function take(name: string): Promise<boolean> {
  // Whoever asks only wants to know that somebody is here.
  const server = createServer((socket) => socket.destroy()).unref();
  return new Promise((resolve) => server.once('error', () => resolve(false)).listen({ path: name }, () => resolve(true)));
}
