// Who calls over TCP: the bearer of a token or of a session, or a browser with a session's cookie, whose changes need a proof that a page of ours made them.
import type { FastifyRequest } from 'fastify';
import { CodeError } from '../../../base/errors.ts';
import type { Credential } from '../../../operations/dispatch.ts';
import { shownBy, withToken } from '../guards.ts';
import type { Site } from './cookies.ts';
import { cookieIn, cookieNames, isProof, proofHeader } from './cookies.ts';

/** A token does not count as a cookie: it would be sent along by browsers that never logged in. */
const sessionSecret = /^codesession_[\w-]{43}$/;

/** Errors: `denied` for a change by cookie without its proof. */
export function credentialOf(request: FastifyRequest, site: Site): Credential {
  const { headers, method } = request;
  const shown = shownBy(request);
  const secret = cookieIn(headers.cookie, cookieNames(site).session);
  if (headers.authorization !== undefined || secret === undefined || !sessionSecret.test(secret)) return shown;
  if (method !== 'GET') refuseUnproven(headers, secret, site);
  return withToken(shown, secret);
}

/** OWASP: signed double submit, bound to the session; a page of another site can neither read the cookie nor set the header. */
function refuseUnproven(headers: FastifyRequest['headers'], secret: string, site: Site): void {
  const given = headers[proofHeader];
  const from = headers['sec-fetch-site'];
  const foreign = from !== undefined && from !== 'same-origin' && from !== 'none';
  if (typeof given === 'string' && isProof(given, secret) && !foreign) return;
  throw new CodeError('denied', `A change that comes with a cookie needs the header ${proofHeader}.`, {
    hint: `Send it with the value of the cookie ${cookieNames(site).proof}.`,
  });
}
