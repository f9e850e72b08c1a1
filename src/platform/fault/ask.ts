// One plain request on a connection of its own, answered whole or not at all: what a writer needs that must know what was acknowledged.

import { systemErrorCode } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';
import { request } from '../node-http.ts';

export interface PlainRequest {
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeout: Duration;
}

const most = 64 * 1024 * 1024;

/** Never rejects. An answer that broke off is none. */
export function askPlainly({
  host,
  port,
  method,
  path,
  headers,
  body,
  timeout,
}: PlainRequest): Promise<{ readonly status: number; readonly text: string } | { readonly because: string }> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeout);
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const call = request({ host, port, method, path, agent: false, headers: { ...headers, ...length }, signal });
    const fail = (error: Error): void =>
      resolve({ because: signal.aborted ? `no answer within ${timeout} ms` : (systemErrorCode(error) ?? error.message) });
    call.on('error', fail);
    call.on('response', (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > most) response.destroy(new Error('the answer is too long'));
        else parts.push(part);
      });
      response.on('error', fail);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }));
    });
    call.end(body);
  });
}
