// Scans the field lines of a head strictly, lifts out the fields that concern this hop, and keeps the rest as one block of text.
import { COLON, CR, LF, SPACE, TAB, tokenBytes, valueBytes } from './characters.ts';
import { HttpFault } from './fault.ts';

/** Told of each field whose name is in the special set; answers whether its line stays in the forwarded block. */
export interface FieldSink {
  special(name: string, value: string): boolean;
}

/** No field name can be this. */
const folded = ' ';

/** Names (lower case) that the sink wants to see. A table over (length, first letter) spares the others a string. */
export class SpecialNames {
  readonly #names: ReadonlySet<string>;
  readonly #shapes = new Uint8Array(64 * 32);

  constructor(names: readonly string[]) {
    this.#names = new Set(names);
    for (const name of names) this.#shapes[shape(name.length, name.charCodeAt(0))] = 1;
  }

  /**
   * The special name in lower case; '' for an ordinary field; `folded` for one that becomes special where `_` is read as `-`, as CGI and its
   * heirs do: such a field is dropped, and never obeyed.
   */
  find(text: string, from: number, to: number): string {
    if (to - from > 63 || this.#shapes[shape(to - from, text.charCodeAt(from))] !== 1) return '';
    const name = text.slice(from, to).toLowerCase();
    if (this.#names.has(name)) return name;
    return name.includes('_') && this.#names.has(name.replaceAll('_', '-')) ? folded : '';
  }
}

function shape(length: number, first: number): number {
  return (length << 5) | (first & 31);
}

/**
 * Reads field lines from `from` up to the empty line that ends the head at `end` (the index after its CRLF CRLF).
 * `text` is the latin1 text of `bytes`. Returns the lines that are forwarded, each with its CRLF.
 * Throws HttpFault 400 for anything RFC 9112 §5 lets a server refuse: bare LF or CR, folded lines, blanks before the colon, controls.
 */
export function scanFields(bytes: Uint8Array, text: string, from: number, end: number, names: SpecialNames, sink: FieldSink): string {
  let kept = '';
  let keepFrom = from;
  let at = from;
  let count = 0;
  while (at < end - 2) {
    const colon = nameEnd(bytes, at);
    const lineEnd = valueEnd(bytes, colon + 1);
    if (++count > 128) throw new HttpFault(431, 'too_many_headers', 'The request has more than 128 header fields.');
    const name = names.find(text, at, colon);
    if (name !== '' && !sink.special(name, trimmed(bytes, text, colon + 1, lineEnd))) {
      if (keepFrom < at) kept += text.slice(keepFrom, at);
      keepFrom = lineEnd + 2;
    }
    at = lineEnd + 2;
  }
  if (at !== end - 2) throw new HttpFault(400, 'bad_header', 'The header section does not end where it says.');
  return keepFrom < at ? kept + text.slice(keepFrom, at) : kept;
}

function nameEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (tokenBytes[bytes[at] ?? 0] === 1) at++;
  if (at === from || bytes[at] !== COLON)
    throw new HttpFault(400, 'bad_header_name', 'A header field name is empty, folded, or has a character that is not allowed.');
  return at;
}

function valueEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (valueBytes[bytes[at] ?? 0] === 1) at++;
  if (bytes[at] !== CR || bytes[at + 1] !== LF)
    throw new HttpFault(400, 'bad_header_value', 'A header field value has a control character or a line ending that is not CR LF.');
  return at;
}

function trimmed(bytes: Uint8Array, text: string, from: number, to: number): string {
  let start = from;
  let stop = to;
  while (start < stop && (bytes[start] === SPACE || bytes[start] === TAB)) start++;
  while (stop > start && (bytes[stop - 1] === SPACE || bytes[stop - 1] === TAB)) stop--;
  return text.slice(start, stop);
}

/** Removes the lines whose names a Connection field listed. Slow, and rarely needed. */
export function withoutNamed(block: string, names: ReadonlySet<string>): string {
  return block
    .split('\r\n')
    .filter((line) => !names.has(line.slice(0, line.indexOf(':')).toLowerCase()))
    .join('\r\n');
}

/** The index after the CRLF CRLF that ends a head, or -1 while it is incomplete. Refuses a bare LF at once, not after a timeout. */
export function headEnd(bytes: Buffer, from: number): number {
  const found = bytes.indexOf('\r\n\r\n', Math.max(0, from - 3), 'latin1');
  if (found !== -1) return found + 4;
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1))
    if (at === 0 || bytes[at - 1] !== CR) throw new HttpFault(400, 'bare_line_feed', 'A line ends with a bare LF; it must end with CR LF.');
  return -1;
}

/** The parts of a Connection field. */
export interface ConnectionOptions {
  close: boolean;
  keepAlive: boolean;
  upgrade: boolean;
  named: Set<string> | undefined;
}

export function readConnection(value: string, into: ConnectionOptions): void {
  for (const part of value.split(',')) {
    const option = part.trim().toLowerCase();
    if (option === 'close') into.close = true;
    else if (option === 'keep-alive') into.keepAlive = true;
    else if (option === 'upgrade') into.upgrade = true;
    else if (option !== '') (into.named ??= new Set()).add(option);
  }
}

/** Digits only (RFC 9110 §8.6), small enough to count exactly. */
export function readLength(value: string, status: number): number {
  if (!/^\d{1,15}$/.test(value)) throw new HttpFault(status, 'bad_content_length', 'Content-Length must be one decimal number.');
  return Number(value);
}
