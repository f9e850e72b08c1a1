// DNS messages (RFC 1035), as much as a responder needs: one question in, address and service records out.
import { isIPv4 } from 'node:net';

export const types = { A: 1, SRV: 33, ANY: 255 } as const;
export const codes = { ok: 0, malformed: 1, unknownName: 3, notImplemented: 4, refused: 5 } as const;

export interface Question {
  readonly id: number;
  readonly recursionDesired: boolean;
  readonly opcode: number;
  /** Lower case, without the root's dot. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** The question's bytes, which the answer repeats. */
  readonly bytes: Buffer;
  /** The largest answer that the asker takes by UDP (EDNS, RFC 6891), 512 where it does not say. */
  readonly takes: number;
}

export type DnsRecord =
  | { readonly type: typeof types.A; readonly name: string; readonly ttl: number; readonly address: string }
  | {
      readonly type: typeof types.SRV;
      readonly name: string;
      readonly ttl: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    };

export interface Reply {
  readonly code: number;
  readonly answers: readonly DnsRecord[];
  /** What spares the asker a second question. */
  readonly additional: readonly DnsRecord[];
}

const headBytes = 12;
const internet = 1;
const edns = 41;
/** Above this a datagram may be cut on the way (DNS flag day 2020). */
const mostDatagram = 1_232;

/** Undefined for what is no question at all (an answer, or too short): to it nothing is said. */
export function readQuestion(message: Buffer): Question | 'malformed' | undefined {
  if (message.length < headBytes || (message.readUInt8(2) & 0x80) !== 0) return undefined;
  const flags = message.readUInt8(2);
  const read = message.readUInt16BE(4) === 1 ? readName(message, headBytes) : undefined;
  if (read === undefined || read.end + 4 > message.length) return 'malformed';
  const end = read.end + 4;
  return {
    id: message.readUInt16BE(0),
    recursionDesired: (flags & 1) !== 0,
    opcode: (flags >> 3) & 15,
    name: read.name,
    type: message.readUInt16BE(read.end),
    class: message.readUInt16BE(read.end + 2),
    bytes: message.subarray(headBytes, end),
    takes: payloadSize(message, end),
  };
}

/** Names in questions are never compressed: there is nothing before them. */
function readName(message: Buffer, from: number): { readonly name: string; readonly end: number } | undefined {
  const labels: string[] = [];
  let at = from;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63 || at + 1 + length > message.length || at - from > 253) return undefined;
    if (length === 0) return { name: labels.join('.').toLowerCase(), end: at + 1 };
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
}

/** Only where the EDNS record is the one thing behind the question, as it is in what resolvers send. */
function payloadSize(message: Buffer, from: number): number {
  const says = message.length >= from + 11 && message[from] === 0 && message.readUInt16BE(from + 1) === edns;
  return says ? Math.min(mostDatagram, Math.max(512, message.readUInt16BE(from + 3))) : 512;
}

/** `most` bytes at most: what is longer is left out and marked, and the asker comes again by TCP. */
export function writeReply(question: Question, reply: Reply, most: number): Buffer {
  const cut = () => message(question, { ...reply, answers: [], additional: [] }, true);
  // Each answer repeats the name: what cannot fit is not written first, so that a short question costs little.
  if (reply.answers.length * question.bytes.length > most) return cut();
  const full = message(question, reply, false);
  return full.length <= most ? full : cut();
}

function message(question: Question, { code, answers, additional }: Reply, truncated: boolean): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(question.id, 0);
  // An answer (QR), and what we say is the last word on it (AA).
  head.writeUInt16BE(0x8400 | (question.opcode << 11) | (truncated ? 0x0200 : 0) | (question.recursionDesired ? 0x0100 : 0) | code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(answers.length, 6);
  head.writeUInt16BE(additional.length, 10);
  return Buffer.concat([head, question.bytes, ...answers.map(recordBytes), ...additional.map(recordBytes)]);
}

/** To a message whose question cannot be read. */
export function writeMalformed(message: Buffer): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(message.readUInt16BE(0), 0);
  head.writeUInt16BE(0x8400 | codes.malformed, 2);
  return head;
}

function recordBytes(record: DnsRecord): Buffer {
  const content = record.type === types.A ? addressBytes(record.address) : serviceBytes(record);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(record.type, 0);
  fixed.writeUInt16BE(internet, 2);
  fixed.writeUInt32BE(record.ttl, 4);
  fixed.writeUInt16BE(content.length, 8);
  return Buffer.concat([nameBytes(record.name), fixed, content]);
}

function addressBytes(address: string): Buffer {
  return isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : Buffer.alloc(4);
}

/** RFC 2782; all of one priority. */
function serviceBytes({ weight, port, target }: Extract<DnsRecord, { type: typeof types.SRV }>): Buffer {
  const fixed = Buffer.alloc(6);
  fixed.writeUInt16BE(weight, 2);
  fixed.writeUInt16BE(port, 4);
  return Buffer.concat([fixed, nameBytes(target)]);
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
