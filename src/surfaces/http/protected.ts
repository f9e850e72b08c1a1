// Where a client that was refused learns what it is refused by (RFC 9728): which address it is, and how a token is shown there.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodeError } from '../../base/errors.ts';

const wellKnown = '/.well-known/oauth-protected-resource';

/** For an address and all below it; open to whoever reaches the listener, because it says nothing about what is behind it. */
export function addProtected(app: FastifyInstance, path: string): void {
  app.get(wellKnown, (request, reply) => reply.send(metadataOf(request, path)));
  app.get(`${wellKnown}/*`, (request, reply) => reply.send(metadataOf(request, below(request, path))));
}

/** Of an answer with status 401 (RFC 9728, 5.1; RFC 6750, 3). A token that is no good is told from none. */
export function challengeFor(request: FastifyRequest): string {
  const [path = ''] = request.url.split('?');
  const error = request.headers.authorization === undefined ? '' : ', error="invalid_token"';
  return `Bearer resource_metadata="${originOf(request)}${wellKnown}${safe(path)}"${error}`;
}

/** Tokens are made by an operator with the engine's own tools: there is no authorization server to be named. */
function metadataOf(request: FastifyRequest, path: string) {
  return {
    resource: `${originOf(request)}${path}`,
    resource_name: 'CODE, the Claude Optimized Deployment Engine',
    bearer_methods_supported: ['header'],
  };
}

/** Errors: `operation_unknown` for what is not protected this way. */
function below({ url }: FastifyRequest, path: string): string {
  const asked = safe((url.split('?')[0] ?? '').slice(wellKnown.length));
  if (asked === path || asked.startsWith(`${path}/`)) return asked;
  throw new CodeError('operation_unknown', `${asked} is no protected resource.`, { hint: `Ask for ${wellKnown}${path}.` });
}

/** The name that the request was sent to, which the guards have looked at. */
function originOf({ protocol, headers }: FastifyRequest): string {
  return `${protocol}://${safe(headers.host ?? '')}`;
}

/** Stands between quotation marks in a head. */
function safe(text: string): string {
  return text.replaceAll(/[^\w\-./~%:,[\]]/g, '');
}
