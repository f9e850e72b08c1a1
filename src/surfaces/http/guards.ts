// Who may speak to the TCP listener: only requests that name this machine, from no foreign web page.
// A page in the user's browser can send requests to loopback and can make a name of its own resolve to it (DNS rebinding);
// it cannot forge Host and Origin.
import { CodeError } from '../../base/errors.ts';
import type { Credential } from '../../operations/dispatch.ts';
import { isLoopback } from '../../platform/loopback.ts';

interface RequestHead {
  readonly host?: string;
  readonly origin?: string;
  readonly authorization?: string;
}

/** Errors: `denied`. */
export function refuseForeigners({ host, origin }: RequestHead, allowedHosts: readonly string[]): void {
  const name = hostNameOf(host ?? '');
  if (!isLoopback(name) && !allowedHosts.includes(name))
    throw new CodeError('denied', `This API does not answer for the host name ${JSON.stringify(name)}.`, {
      hint: 'Use http://127.0.0.1 with the port of the API.',
    });
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    throw new CodeError('denied', `This API does not answer pages of ${JSON.stringify(origin)}.`, {
      hint: 'Call it from a program, not from a page of another site.',
    });
}

export function bearerOf({ authorization }: RequestHead): Credential {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  return token === undefined ? { kind: 'none' } : { kind: 'bearer', token };
}

function hostNameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}
