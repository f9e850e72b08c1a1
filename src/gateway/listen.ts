// Opens the listening socket, and says what stands in the way when it cannot.
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { CodeError, systemErrorCode } from '../base/errors.ts';
import type { Address } from '../model/instance.ts';

/**
 * Several processes of one gateway share an address (SO_REUSEPORT): the kernel spreads connections over them, and one that is gone gets none.
 * `alone` does not share. `first` shares, once it is sure that nobody listens there: two engines of one user would else split each other's
 * requests. `join` shares what a process of the same gateway has already.
 */
export type Sharing = 'alone' | 'first' | 'join';

/** How clients' sockets are accepted; paused, until it is said where they are read into. */
export const clientSockets = { allowHalfOpen: true, noDelay: true, keepAlive: true, pauseOnConnect: true } as const;

/** Where the kernel spreads connections over the processes that listen at one address. */
export const sharesAddresses = process.platform === 'linux';

/** Resolves with the address in use (port 0 becomes the one chosen). Errors: `port_taken`, `settings_invalid`. */
export async function listenOn(server: Server, address: Address, sharing: Sharing = 'alone'): Promise<Address> {
  // The kernel gives no port to port 0 at which anybody listens, shared or not.
  if (sharing === 'first' && address.port !== 0) await proveVacant(address);
  // Stays for good: later errors are connections that could not be accepted (no file descriptor left), which must not end the process.
  await bind(server, address, sharing !== 'alone' && sharesAddresses);
  const bound = server.address();
  return { host: address.host, port: typeof bound === 'object' && bound !== null ? bound.port : address.port };
}

async function proveVacant(address: Address): Promise<void> {
  const server = createServer();
  await bind(server, address, false);
  await new Promise((resolve) => server.close(resolve));
}

function bind(server: Server, address: Address, reusePort: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', (error) => reject(listenFault(address, error)));
    server.listen({ host: address.host, port: address.port, backlog: 1_024, reusePort }, resolve);
  });
}

function listenFault(address: Address, error: Error): CodeError {
  const name = `${address.host}:${address.port}`;
  if (systemErrorCode(error) === 'EADDRINUSE')
    return new CodeError('port_taken', `The gateway cannot listen on ${name}: another program does.`, {
      hint: `Stop that program, or choose another port: codectl up --set gateway_listen=127.0.0.1:PORT (0 takes any free one).`,
      cause: error,
    });
  return new CodeError('settings_invalid', `The gateway cannot listen on ${name}: ${error.message}.`, {
    hint: 'Choose an address of this machine and a port above 1023 in the settings.',
    cause: error,
  });
}
