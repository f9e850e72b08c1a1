// Who may speak to the TCP listener: only requests that name this machine, from no foreign web page.
// A page in the user's browser can send requests to loopback and can make a name of its own resolve to it (DNS rebinding);
// it cannot forge Host, Origin and Sec-Fetch-*.
import type { FastifyRequest } from 'fastify';
import { CodeError } from '../../base/errors.ts';
import type { Credential } from '../../operations/dispatch.ts';
import { isLoopback } from '../../platform/loopback.ts';
import { networkOf } from '../../platform/network.ts';
import { nameOfPeer } from '../../platform/tls/peer.ts';

interface RequestHead {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly authorization?: string | undefined;
  readonly 'sec-fetch-site'?: string | readonly string[] | undefined;
  readonly 'sec-fetch-mode'?: string | readonly string[] | undefined;
}

/** Errors: `denied`. */
export function refuseForeigners(head: RequestHead, allowedHosts: readonly string[], secure = false): void {
  const { host, origin } = head;
  const name = hostNameOf(host ?? '');
  if (!isLoopback(name) && !allowedHosts.includes(name))
    throw new CodeError('denied', `This API does not answer for the host name ${JSON.stringify(name)}.`, {
      hint: 'Use 127.0.0.1 with the port of the API, or add the name to the setting api_names.',
    });
  // In front of us somebody else may speak TLS, never the other way round.
  if (origin !== undefined && origin !== `https://${host}` && (secure || origin !== `http://${host}`))
    throw new CodeError('denied', `This API does not answer pages of ${JSON.stringify(origin)}.`, {
      hint: 'Call it from a program, not from a page of another site.',
    });
  // Tells of requests without an Origin, too. Somebody who follows a link here reads what it shows, and nobody else does.
  const site = head['sec-fetch-site'];
  if ((site === 'cross-site' || site === 'same-site') && head['sec-fetch-mode'] !== 'navigate')
    throw new CodeError('denied', 'This API does not answer pages of other sites.', {
      hint: 'Call it from a program, not from a page of another site.',
    });
}

/** A token, or the certificate with which the connection was opened; where both are shown, both must be good. */
export function shownBy({ headers, raw, ip }: FastifyRequest): Credential {
  const from = networkOf(ip);
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const certificate = nameOfPeer(raw.socket);
  const shown: Credential = certificate === undefined ? { kind: 'none', from } : { kind: 'certificate', token: certificate, from };
  return token === undefined ? shown : withToken(shown, token);
}

const runHeader = 'code-run';

/** A program that decides by itself says so in a header of its own, or whoever carries its calls does. Errors: `input_invalid`. */
export function withRun(shown: Credential, { headers }: Pick<FastifyRequest, 'headers'>): Credential {
  const run = headers[runHeader];
  if (run === undefined) return shown;
  if (typeof run === 'string' && /^[\w.-]{1,64}$/.test(run)) return { ...shown, run };
  throw new CodeError('input_invalid', `${runHeader}: expected 1 to 64 letters, digits, "_", "." or "-".`);
}

/** Beside what the connection shows. */
export function withToken(shown: Credential, token: string): Credential {
  if (shown.kind === 'local') return shown;
  const { from } = shown;
  return { kind: 'bearer', token, ...(from !== undefined && { from }), ...(shown.kind === 'certificate' && { certificate: shown.token }) };
}

export function hostNameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

/**
 * Over TCP nobody is let in without a token or a certificate; without TLS everybody on the way could read and use them.
 * Errors: `settings_invalid` for an address that other machines can reach.
 */
export function refuseUnsafe(host: string, secure: boolean): void {
  if (secure || isLoopback(host)) return;
  throw new CodeError('settings_invalid', `The API would listen on ${host}, which other machines can reach, without TLS.`, {
    hint: 'Add --set api_tls=own (an authority of its own), api_tls=acme or api_tls=DIRECTORY (cert.pem, key.pem), or set api_listen to 127.0.0.1.',
  });
}
