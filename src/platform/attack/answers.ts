// Answers of HTTP/1.1 as they stand in a stream of bytes, read leniently and with nothing left out: doubled fields and odd ends are what one looks for.

export interface WireAnswer {
  readonly status: number;
  readonly reason: string;
  /** As they were sent, in their order; bytes as Latin-1. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** False: it was cut off before its own end. */
  readonly whole: boolean;
}

export interface Reading {
  /** Nothing more will come. */
  readonly closed: boolean;
  readonly bodyless: boolean;
  readonly most: number;
}

interface Taken {
  readonly answer: WireAnswer;
  readonly rest: Buffer;
}

/** The final answers (no `100 Continue`) that are there; unfinished ones only when nothing more will come. */
export function readAnswers(bytes: Buffer, { closed, bodyless, most }: Reading): readonly WireAnswer[] {
  const found: WireAnswer[] = [];
  for (let rest = bytes; found.length < most; ) {
    const taken = take(rest, closed, bodyless && found.length === 0);
    if (!taken) break;
    if (taken.answer.status >= 200 || taken.answer.status === 101) found.push(taken.answer);
    rest = taken.rest;
  }
  return found;
}

function take(bytes: Buffer, closed: boolean, bodyless: boolean): Taken | undefined {
  const head = headOf(bytes);
  if (!head) return undefined;
  const { status, reason, fields, size } = head;
  const after = bytes.subarray(size);
  const empty = bodyless || status < 200 || status === 204 || status === 304;
  const { body, rest, whole } = empty ? { body: Buffer.alloc(0), rest: after, whole: true } : bodyOf(after, fields);
  if (!whole && !closed) return undefined;
  return { answer: { status, reason, fields, body, whole: whole || isOpenEnded(fields) }, rest };
}

interface Head extends Pick<WireAnswer, 'status' | 'reason' | 'fields'> {
  readonly size: number;
}

function headOf(bytes: Buffer): Head | undefined {
  const at = bytes.indexOf('\r\n\r\n');
  const [line = '', ...lines] = bytes.toString('latin1', 0, Math.max(at, 0)).split('\r\n');
  const [, code, reason = ''] = /^HTTP\/\d\.\d (\d{3}) ?(.*)$/.exec(line) ?? [];
  if (at < 0 || code === undefined) return undefined;
  const fields = lines.map((text): [string, string] => {
    const colon = text.indexOf(':');
    return [text.slice(0, Math.max(colon, 0)).trim(), text.slice(colon + 1).trim()];
  });
  return { status: Number(code), reason, fields, size: at + 4 };
}

type Fields = WireAnswer['fields'];

interface Body {
  readonly body: Buffer;
  readonly rest: Buffer;
  readonly whole: boolean;
}

function bodyOf(bytes: Buffer, fields: Fields): Body {
  if (isChunked(fields)) return chunksOf(bytes);
  const length = valueOf(fields, 'content-length');
  const size = length === undefined ? Number.POSITIVE_INFINITY : Number(length);
  const whole = bytes.length >= size;
  return { body: whole ? bytes.subarray(0, size) : bytes, rest: whole ? bytes.subarray(size) : Buffer.alloc(0), whole };
}

function chunksOf(bytes: Buffer): Body {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at);
    const size = line < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, line), 16);
    const begin = line + 2;
    const end = begin + size + 2;
    if (Number.isNaN(size) || end > bytes.length) return { body: Buffer.concat(pieces), rest: Buffer.alloc(0), whole: false };
    if (size === 0) return { body: Buffer.concat(pieces), rest: bytes.subarray(end), whole: true };
    pieces.push(bytes.subarray(begin, begin + size));
    at = end;
  }
}

function isChunked(fields: Fields): boolean {
  return /chunked\s*$/i.test(valueOf(fields, 'transfer-encoding') ?? '');
}

/** It lasts until the connection is closed. */
function isOpenEnded(fields: Fields): boolean {
  return !isChunked(fields) && valueOf(fields, 'content-length') === undefined;
}

function valueOf(fields: Fields, name: string): string | undefined {
  return fields.find(([own]) => own.toLowerCase() === name)?.[1];
}
