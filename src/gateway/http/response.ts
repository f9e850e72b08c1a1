// Reads one response head of an upstream; what it breaks is the upstream's fault, so every fault is a 502.
import { HttpFault } from './fault.ts';
import type { ConnectionOptions, FieldSink } from './fields.ts';
import { readConnection, readLength, SpecialNames, scanFields, withoutNamed } from './fields.ts';

const names = new SpecialNames([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'proxy-connection',
  'te',
  'trailer',
]);

export class ResponseHead implements FieldSink {
  status = 0;
  minor = 1;
  /** Status code and reason phrase, as they came. */
  statusLine = '';
  /** The forwarded fields, each line with its CRLF; without framing and those of this hop. */
  fields = '';
  length = -1;
  chunked = false;
  keepAlive = true;
  upgrade = '';
  /** Server-sent events: a stream that its reader opens again when it ends. */
  get eventStream(): boolean {
    return /^content-type:[ \t]*text\/event-stream/im.test(this.fields);
  }

  /** What `Keep-Alive: timeout=` promises, in milliseconds; -1 when it says nothing. */
  idleFor = -1;
  /** Kept by whoever passes it on to an HTTP/1.1 client that stays, for the same head that comes again; '' until then. */
  rendered = '';
  /** It came before, byte by byte. */
  repeated = false;
  readonly #connection: ConnectionOptions = { close: false, keepAlive: false, upgrade: false, named: undefined };

  special(name: string, value: string): boolean {
    switch (name) {
      case 'content-length':
        if (this.length !== -1) throw bad('its Content-Length is given twice');
        this.length = readLength(value, 502);
        break;
      case 'transfer-encoding':
        if (this.chunked || value.toLowerCase() !== 'chunked') throw bad('its Transfer-Encoding is not a single `chunked`');
        this.chunked = true;
        break;
      case 'connection':
        readConnection(value, this.#connection);
        break;
      case 'keep-alive':
        this.idleFor = readIdle(value);
        break;
      case 'upgrade':
        this.upgrade = value;
        break;
      default:
    }
    return false;
  }

  settle(): void {
    if (this.chunked && (this.length !== -1 || this.minor === 0)) throw bad('its Transfer-Encoding contradicts its length or version');
    const options = this.#connection;
    this.keepAlive = !options.close && (this.minor === 1 || options.keepAlive);
    if (options.named !== undefined) this.fields = withoutNamed(this.fields, options.named);
  }
}

function readIdle(value: string): number {
  const seconds = /(?:^|[ ,])timeout=(\d{1,6})/.exec(value)?.[1];
  return seconds === undefined ? -1 : Number(seconds) * 1000;
}

function bad(why: string): HttpFault {
  return new HttpFault(502, 'bad_response', `The service's response cannot be passed on: ${why}.`);
}

/** Parses the head that stands in bytes [0, end). Throws HttpFault 502. */
export type ReadHead = (bytes: Buffer, end: number) => ResponseHead;

/** Remembers the last head of an upstream: within a second, its answers to the same question have the same, and that the same reading. */
export function rememberingReader(): ReadHead {
  let last: ResponseHead | undefined;
  let seen = '';
  return (bytes, end) => {
    const text = bytes.toString('latin1', 0, end);
    if (last !== undefined && text === seen) last.repeated = true;
    else {
      last = readHead(bytes, text, end);
      seen = text;
    }
    return last;
  };
}

/** Remembers nothing. */
export function parseResponseHead(bytes: Buffer, end: number): ResponseHead {
  return readHead(bytes, bytes.toString('latin1', 0, end), end);
}

function readHead(bytes: Buffer, text: string, end: number): ResponseHead {
  const lineEnd = text.indexOf('\r\n');
  const line = text.slice(0, lineEnd);
  if (!/^HTTP\/1\.[01] [1-9]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?$/.test(line)) throw bad('its status line is malformed');
  const head = new ResponseHead();
  head.minor = line.charCodeAt(7) - 0x30;
  head.status = Number(line.slice(9, 12));
  head.statusLine = line.length > 12 ? line.slice(9) : `${line.slice(9)} `;
  try {
    head.fields = scanFields(bytes, text, lineEnd + 2, end, names, head);
  } catch (fault) {
    throw fault instanceof HttpFault && fault.status !== 502 ? bad('a header field is malformed') : fault;
  }
  head.settle();
  return head;
}
