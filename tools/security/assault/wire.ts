// Bytes on a connection, without anything between that would put them right: what was sent of them, and all that came back.
import type { Socket } from 'node:net';
import { connect } from 'node:net';

export interface Spoken {
  /** Latin-1. */
  readonly text: string;
  /** Bytes that the other side took. */
  readonly sent: number;
}

/** How long nothing may come before the speaker hangs up; no test rests on it. */
const quiet = 3_000;

export interface Manner {
  readonly host?: string;
  /** Hangs up after so long without a word, in milliseconds; absent: soon. */
  readonly quiet?: number;
}

/**
 * Speaks, and listens until the other side closes or has been quiet for a while. A last well-formed request asks it to close, so that whoever
 * understood what came before does so at once.
 */
export function speak(
  port: number,
  bytes: string | Iterable<Buffer>,
  { host = '127.0.0.1', quiet: wait = quiet }: Manner = {},
): Promise<Spoken> {
  const parts = typeof bytes === 'string' ? [Buffer.from(bytes, 'latin1')] : bytes;
  return converse(port, parts, wait, lastRequest(host));
}

export function lastRequest(host: string): string {
  return `GET /last HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
}

async function converse(port: number, parts: Iterable<Buffer>, wait: number, last: string): Promise<Spoken> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('end', () => socket.destroy());
  socket.setTimeout(wait, () => socket.destroy());
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const sent = await pour(socket, parts, closed);
  if (!socket.destroyed) socket.write(last, 'latin1');
  await closed;
  return { text, sent };
}

/** At the pace of the other side; ends early when that has closed. */
async function pour(socket: Socket, parts: Iterable<Buffer>, closed: Promise<void>): Promise<number> {
  let sent = 0;
  for (const part of parts) {
    if (socket.destroyed) return sent;
    const more = socket.write(part);
    sent += part.length;
    if (!more) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
  }
  return sent;
}

/** Status codes of the answers in a text, in their order. */
export function statuses(text: string): readonly number[] {
  return [...text.matchAll(/HTTP\/1\.[01] (\d{3}) [A-Z]/g)].map(([, status]) => Number(status));
}
