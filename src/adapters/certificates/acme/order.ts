// One certificate by RFC 8555: order → prove each identifier → send the request → fetch the chain. Nothing is believed that is not checked.
import { z } from 'zod';
import type { Clock } from '../../../base/clock.ts';
import type { Identity } from '../../../platform/tls/identity.ts';
import { factsOf } from '../../../platform/tls/identity.ts';
import { makePair, requestFor } from '../x509.ts';
import type { ChallengeKind } from './challenges.ts';
import { layDown } from './challenges.ts';
import { refusal, unavailable } from './refused.ts';
import type { AcmeSession, Reply } from './session.ts';
import { read } from './session.ts';

const order = z.looseObject({
  status: z.enum(['pending', 'ready', 'processing', 'valid', 'invalid']),
  authorizations: z.array(z.string()).min(1).max(10),
  finalize: z.string(),
  certificate: z.string().optional(),
  error: z.unknown().optional(),
});
const authorization = z.looseObject({
  status: z.enum(['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked']),
  identifier: z.looseObject({ type: z.string(), value: z.string() }),
  challenges: z
    .array(z.looseObject({ type: z.string(), url: z.string().optional(), token: z.string().optional(), error: z.unknown().optional() }))
    .max(20),
});

export interface OrderOptions {
  readonly session: AcmeSession;
  readonly clock: Clock;
  /** Where challenges are laid down. */
  readonly directory: string;
  readonly challenge: ChallengeKind;
}

/** Errors: `certificate_unavailable`, those of the disk, the signal's reason. */
export async function orderCertificate(options: OrderOptions, host: string, signal: AbortSignal): Promise<Identity> {
  const { session, clock } = options;
  const { newOrder } = await session.directory(signal);
  const begun = await session.post('the order', newOrder, { identifiers: [{ type: 'dns', value: host }] }, signal);
  const place = begun.location;
  if (place === undefined) throw unavailable('The ACME server took an order without saying where it is.');
  for (const url of read(order, begun.text, 'an order').authorizations) await prove(options, host, url, signal);
  const look = () => session.post('the order', place, undefined, signal);
  const ready = await settle(order, 'an order', look, (one) => one.status !== 'pending', clock, signal);
  if (ready.status === 'invalid') throw refusal(`The ACME server does not certify ${host}`, ready.error);
  const pair = await makePair();
  const csr = (await requestFor(host, pair)).toString('base64url');
  await session.post('the request for the certificate', ready.finalize, { csr }, signal);
  const done = await settle(order, 'an order', look, (one) => one.status === 'valid' || one.status === 'invalid', clock, signal);
  if (done.certificate === undefined) throw refusal(`The ACME server does not certify ${host}`, done.error);
  const { text } = await session.post('the certificate', done.certificate, undefined, signal);
  return checked({ certificate: text, key: pair.privateKey }, host, clock.now());
}

async function prove(
  { session, clock, directory, challenge: kind }: OrderOptions,
  host: string,
  url: string,
  signal: AbortSignal,
): Promise<void> {
  const look = () => session.post('the authorization', url, undefined, signal);
  const asked = read(authorization, (await look()).text, 'an authorization');
  if (asked.status === 'valid') return;
  if (asked.identifier.value !== host)
    throw unavailable(`The ACME server asks for a proof of ${JSON.stringify(asked.identifier.value)}, not of ${host}.`);
  const challenge = asked.challenges.find(({ type }) => type === kind);
  if (challenge?.token === undefined || challenge.url === undefined)
    throw unavailable(`The ACME server offers no ${kind} for ${host}, only ${asked.challenges.map(({ type }) => type).join(', ')}.`);
  const proof = { host, token: challenge.token, authorization: await session.authorization(challenge.token) };
  const takeAway = await layDown(directory, kind, proof, clock.now());
  try {
    await session.post('the challenge', challenge.url, {}, signal);
    const settled = await settle(authorization, 'an authorization', look, ({ status }) => status !== 'pending', clock, signal);
    if (settled.status === 'valid') return;
    throw refusal(`${host} could not be proven to lead here by ${kind}`, settled.challenges.find(({ type }) => type === kind)?.error);
  } finally {
    await takeAway();
  }
}

const firstPause = 250;
const longestPause = 10_000;

/** Asks again, at the pace that the server wants, until it is settled; whoever calls bounds it by the signal. */
async function settle<T extends z.ZodType>(
  shape: T,
  what: string,
  look: () => Promise<Reply>,
  isSettled: (seen: z.infer<T>) => boolean,
  clock: Clock,
  signal: AbortSignal,
): Promise<z.infer<T>> {
  for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 2)) {
    const reply = await look();
    const seen = read(shape, reply.text, what);
    if (isSettled(seen)) return seen;
    await clock.sleep(reply.retryAfter ?? pause, signal);
  }
}

/** Errors: `certificate_unavailable` for one that would not do. */
function checked(identity: Identity, host: string, now: number): Identity {
  try {
    const { covers, notAfter } = factsOf(identity, 'the answer');
    if (covers(host) && notAfter > now) return identity;
  } catch (cause) {
    throw unavailable(`The ACME server sent a certificate for ${host} that cannot be used.`, {}, cause);
  }
  throw unavailable(`The ACME server sent a certificate that is not for ${host}, or is over.`);
}
