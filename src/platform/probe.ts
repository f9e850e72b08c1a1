// One readiness question over the network: an HTTP GET or a TCP connect, bounded in time, on a connection of its own.

import { connect } from 'node:net';
import { systemErrorCode } from '../base/errors.ts';
import { request } from './node-http.ts';

export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  readonly timeout: number;
}

/** The status code, or why there was none. Never throws. */
export function httpStatus(
  { host, port, timeout }: ProbeTarget,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly status: number } | { readonly because: string }> {
  return new Promise((resolve) => {
    const deadline = AbortSignal.timeout(timeout);
    const call = request({
      host,
      port,
      path,
      method: 'GET',
      agent: false,
      headers: { host: `${host}:${port}`, 'user-agent': 'codectl-probe', connection: 'close' },
      signal: AbortSignal.any([signal, deadline]),
    });
    call.on('response', (response) => {
      response.destroy();
      resolve({ status: response.statusCode ?? 0 });
    });
    call.on('error', (error) => resolve({ because: deadline.aborted ? `did not answer within ${timeout}ms` : reasonOf(error) }));
    call.end();
  });
}

/** `undefined` when it connected, else why not. Never throws. */
export function tcpConnect({ host, port, timeout }: ProbeTarget, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const settle = (because: string | undefined) => {
      socket.destroy();
      resolve(because);
    };
    socket.setTimeout(timeout, () => settle(`did not accept a connection within ${timeout}ms`));
    socket.once('connect', () => settle(undefined));
    socket.once('error', (error) => settle(reasonOf(error)));
  });
}

function reasonOf(error: Error): string {
  const code = systemErrorCode(error);
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ECONNRESET') return 'connection reset';
  return error.message;
}
