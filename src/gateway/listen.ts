// Opens the listening socket, and says what stands in the way when it cannot.
import type { Server } from 'node:net';
import { CodeError, systemErrorCode } from '../base/errors.ts';
import type { Address } from '../model/instance.ts';

/** Resolves with the address in use (port 0 becomes the one chosen). Errors: `port_taken`, `settings_invalid`. */
export async function listenOn(server: Server, address: Address): Promise<Address> {
  await new Promise<void>((resolve, reject) => {
    // Stays for good: later errors are connections that could not be accepted (no file descriptor left), which must not end the process.
    server.on('error', (error) => reject(listenFault(address, error)));
    server.listen({ host: address.host, port: address.port, backlog: 1_024 }, resolve);
  });
  const bound = server.address();
  return { host: address.host, port: typeof bound === 'object' && bound !== null ? bound.port : address.port };
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
