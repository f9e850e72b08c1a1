// What every answer tells a browser: it is data, for nobody's page, not to be kept; over TLS also that it is to be asked by TLS only.
import type { ServerResponse } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { CodeError } from '../../base/errors.ts';
import { isLoopback } from '../../platform/loopback.ts';
import { hostNameOf } from './guards.ts';

const always: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** A year. */
const strictTransport = 'max-age=31536000';

/** On the response itself, so that streams and refusals below the application have them as well; a page may say otherwise. */
export function harden(request: FastifyRequest, response: ServerResponse): void {
  for (const [name, value] of Object.entries(always)) response.setHeader(name, value);
  // At "localhost" it would bind every other program of this machine, whatever its port.
  if (request.protocol === 'https' && !isLoopback(hostNameOf(request.headers.host ?? '')))
    response.setHeader('strict-transport-security', strictTransport);
}

/**
 * What two readers of HTTP see differently, and the one below us reads in one way without a word. Nothing may follow it on its connection.
 * Errors: `input_invalid`.
 */
export function refuseAmbiguous({ raw: { rawHeaders, httpVersion } }: FastifyRequest, response: ServerResponse): void {
  const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  const hosts = names.filter((name) => name === 'host').length;
  const coded = httpVersion === '1.0' && names.includes('transfer-encoding');
  if (hosts <= 1 && !coded) return;
  response.setHeader('connection', 'close');
  throw new CodeError('input_invalid', coded ? 'A request of HTTP/1.0 has no Transfer-Encoding.' : 'The request has several Host fields.');
}
