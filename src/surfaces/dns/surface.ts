// Answers DNS questions about the names of services, by UDP and TCP at one port.
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { CodeError } from '../../base/errors.ts';
import type { Address } from '../../model/instance.ts';
import type { Datagrams } from '../../platform/datagrams.ts';
import { answerDatagrams } from '../../platform/datagrams.ts';
import { readQuestion, writeMalformed, writeReply } from './wire.ts';
import type { Zone } from './zone.ts';
import { answerQuestion } from './zone.ts';

const mostByTcp = 65_535;
const idle = 5_000;
const mostConnections = 64;
/** A port that is free for UDP may be taken for TCP. */
const tries = 10;

export interface DnsSurface {
  readonly listening: Address;
  close(): void;
}

/** `zone` is asked anew for each question. Port 0 takes any free one. Errors: `port_taken`. */
export async function openDns(listen: Address, zone: () => Zone): Promise<DnsSurface> {
  const answer = (message: Buffer, most?: number): Buffer | undefined => {
    const question = readQuestion(message);
    if (question === undefined) return undefined;
    if (question === 'malformed') return writeMalformed(message);
    return writeReply(question, answerQuestion(question, zone()), most ?? question.takes);
  };
  for (let attempt = 1; ; attempt++) {
    const byTcp = createServer((socket) => answerStream(socket, (message) => answer(message, mostByTcp)));
    byTcp.maxConnections = mostConnections;
    try {
      const port = await listenAt(byTcp, listen);
      const byUdp = await answerDatagrams(listen.host, port, answer);
      return { listening: { host: listen.host, port }, close: () => closeBoth(byTcp, byUdp) };
    } catch (cause) {
      byTcp.close();
      if (listen.port === 0 && attempt < tries) continue;
      throw new CodeError('port_taken', `Names of services cannot be answered at ${listen.host}:${listen.port}.`, {
        hint: 'Choose another address: codectl up --set dns_listen=127.0.0.1:PORT (0 takes any free one).',
        cause,
      });
    }
  }
}

function listenAt(server: Server, { host, port }: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen({ host, port }, () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}

/** Each message behind its length (RFC 1035 §4.2.2). One answer at a time: others have their turn between two, and nothing piles up for who does not read. */
function answerStream(socket: Socket, answer: (message: Buffer) => Buffer | undefined): void {
  let pending: Buffer = Buffer.alloc(0);
  let resting = false;
  const answerNext = (): void => {
    const end = pending.length < 2 ? Number.POSITIVE_INFINITY : 2 + pending.readUInt16BE(0);
    if (pending.length < end) socket.resume();
    if (resting || socket.destroyed || socket.writableNeedDrain || pending.length < end) return;
    const said = answer(pending.subarray(2, end));
    pending = pending.subarray(end);
    if (said === undefined) return void socket.destroy();
    const length = Buffer.alloc(2);
    length.writeUInt16BE(said.length);
    socket.pause().write(Buffer.concat([length, said]));
    resting = true;
    setImmediate(() => {
      resting = false;
      answerNext();
    });
  };
  socket.setTimeout(idle, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('drain', answerNext);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    answerNext();
  });
}

function closeBoth(byTcp: Server, byUdp: Datagrams): void {
  byTcp.close();
  byUdp.close();
}
