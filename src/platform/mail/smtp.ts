// Hands one message to a mail server (RFC 5321, 3207, 4954): over TLS unless the server is on this machine, and only where the engine may call.
import type { Socket } from 'node:net';
import { connect, isIP } from 'node:net';
import { hostname } from 'node:os';
import type { ConnectionOptions } from 'node:tls';
import { connect as connectSecure } from 'node:tls';
import type { Duration } from '../../base/units.ts';
import { checkedLookup, notPermitted } from '../guard/network/lookup.ts';
import type { Outbound } from '../guard/network/outbound.ts';
import { isLoopback } from '../loopback.ts';
import type { Reply } from './dialogue.ts';
import { Dialogue } from './dialogue.ts';

export interface Submission {
  readonly host: string;
  readonly port: number;
  readonly tls: 'always' | 'starttls' | 'never';
  readonly ca?: string;
  readonly login?: { readonly user: string; readonly password: string } | undefined;
  readonly from: string;
  readonly to: readonly string[];
  /** Whole, with CRLF. */
  readonly message: string;
  readonly timeout: Duration;
  readonly outbound: Outbound;
}

/** Rejects with what went wrong in words, or the signal's reason. */
export async function submit(wish: Submission, signal: AbortSignal): Promise<void> {
  const { host, tls, timeout, outbound } = wish;
  if (tls === 'never' && !isLoopback(host)) throw new Error(`${host} is not this machine, and mail goes elsewhere over TLS only`);
  if (isIP(host) !== 0 && !outbound.permits(host, host)) throw notPermitted(host);
  const late = AbortSignal.timeout(timeout);
  const socket = open(wish);
  const end = (): void => void socket.destroy(new Error(late.aborted ? `no answer within ${timeout / 1000} s` : 'left'));
  const both = AbortSignal.any([signal, late]);
  both.addEventListener('abort', end, { once: true });
  try {
    await converse(wish, socket);
  } finally {
    both.removeEventListener('abort', end);
    socket.destroy();
  }
}

function open({ host, port, tls, ca, outbound }: Submission): Socket {
  const lookup = checkedLookup({ permits: outbound.permits, strict: false });
  return tls === 'always' ? connectSecure({ host, port, lookup, ...trusted(host, ca) }) : connect({ host, port, lookup });
}

function trusted(host: string, ca: string | undefined): ConnectionOptions {
  return { ...(ca !== undefined && { ca }), ...(isIP(host) === 0 && { servername: host }), minVersion: 'TLSv1.2' };
}

async function converse(wish: Submission, socket: Socket): Promise<void> {
  const { tls, from, to, login, message } = wish;
  let dialogue = new Dialogue(socket);
  await dialogue.greeting();
  let offered = await hello(dialogue);
  if (tls === 'starttls') {
    if (!offers(offered, 'STARTTLS')) throw new Error('the server offers no TLS');
    await dialogue.say('STARTTLS', 220);
    dialogue = new Dialogue(await secured(dialogue.release(), wish));
    // What was offered before TLS anybody could have said.
    offered = await hello(dialogue);
  }
  if (login) await authenticate(dialogue, offered, login);
  await dialogue.say(`MAIL FROM:<${from}>`, 250);
  for (const one of to) await dialogue.say(`RCPT TO:<${one}>`, 250, 251);
  await dialogue.say('DATA', 354);
  await dialogue.deliver(message);
  await dialogue.say('QUIT', 221).catch(() => undefined);
}

async function hello(dialogue: Dialogue): Promise<Reply> {
  return dialogue.say(`EHLO ${hostname().replaceAll(/[^\w.-]/g, '') || 'localhost'}`, 250);
}

function offers({ lines }: Reply, what: string): boolean {
  return lines.some((line) => line.toUpperCase().split(' ')[0] === what);
}

function secured(socket: Socket, { host, ca }: Submission): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const tls = connectSecure({ socket, host, ...trusted(host, ca) }, () => resolve(tls));
    tls.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed the connection')));
  });
}

async function authenticate(dialogue: Dialogue, offered: Reply, login: NonNullable<Submission['login']>): Promise<void> {
  const encoded = (text: string) => Buffer.from(text, 'utf8').toString('base64');
  const ways = offered.lines.find((line) => /^AUTH[ =]/i.test(line))?.toUpperCase() ?? '';
  if (/\bPLAIN\b/.test(ways)) await dialogue.say(`AUTH PLAIN ${encoded(`\0${login.user}\0${login.password}`)}`, 235);
  else if (/\bLOGIN\b/.test(ways)) {
    await dialogue.say('AUTH LOGIN', 334);
    await dialogue.say(encoded(login.user), 334);
    await dialogue.say(encoded(login.password), 235);
  } else throw new Error('the server offers no way to log in that we have (PLAIN, LOGIN)');
}
