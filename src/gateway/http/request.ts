// Reads one request head: strict where a lenient reading would let two parsers disagree about where a request ends.
import { METHODS } from '../../platform/node-http.ts';
import { all, SPACE, targetBytes, tokenBytes } from './characters.ts';
import { HttpFault } from './fault.ts';
import type { ConnectionOptions, FieldSink } from './fields.ts';
import { readConnection, readLength, SpecialNames, scanFields, withoutNamed } from './fields.ts';

const methods = new Set(METHODS);
/** Methods whose repetition has the effect of one (RFC 9110 §9.2.2); only these may be sent again after a lost connection. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY']);

const names = new SpecialNames([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'expect',
  'upgrade',
  'x-request-id',
  'x-code-tell',
  'via',
  // Dropped: fields of this hop only, and what only a proxy may say of the client.
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'http2-settings',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-forwarded-by',
  'x-forwarded-scheme',
  'x-forwarded-ssl',
  'x-real-ip',
  'x-client-ip',
]);

/** Only a proxy sends these, one or another of them. */
const proxyName = /^(?:via|forwarded|x-forwarded-.+|x-real-ip|x-client-ip)$/;

const hostPattern = /^(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const requestIdPattern = /^[\w.~+/=:@-]{1,128}$/;

export class RequestHead implements FieldSink {
  method = '';
  /** As it came; `path` is what is forwarded (origin form, or `*`). */
  target = '';
  path = '';
  /** The host that an absolute-form target names, '' for the usual origin form. */
  authority = '';
  /** HTTP/1.0 or HTTP/1.1. */
  minor = 1;
  /** As it came, with its port; '' when an HTTP/1.0 client sent none. */
  host = '';
  /** The forwarded fields, each line with its CRLF; without those of this hop, framing, Host and x-request-id. */
  fields = '';
  /** Bytes of the body; -1 when no length was given. */
  length = -1;
  chunked = false;
  keepAlive = true;
  expectsContinue = false;
  /** The protocol to change to, '' for none. */
  upgrade = '';
  requestId = '';
  /** Whoever asks wants to know who answered. */
  tells = false;
  /** A proxy brought it, and says for whom: its connection's address is not the client's. */
  proxied = false;
  /** Kept by whoever sends it on, for the same head that comes again; '' until then. */
  rendered = '';
  /** It came before on this connection, byte by byte. */
  repeated = false;
  readonly #connection: ConnectionOptions = { close: false, keepAlive: false, upgrade: false, named: undefined };

  get hasBody(): boolean {
    return this.chunked || this.length > 0;
  }

  get idempotent(): boolean {
    return idempotent.has(this.method);
  }

  special(name: string, value: string): boolean {
    switch (name) {
      case 'host':
        this.#readHost(value);
        break;
      case 'content-length':
        if (this.length !== -1) throw new HttpFault(400, 'duplicate_content_length', 'Content-Length is given more than once.');
        this.length = readLength(value, 400);
        break;
      case 'transfer-encoding':
        this.#readTransferEncoding(value);
        break;
      case 'connection':
        readConnection(value, this.#connection);
        break;
      case 'expect':
        if (value.toLowerCase() !== '100-continue')
          throw new HttpFault(417, 'unknown_expectation', 'Only Expect: 100-continue is understood.');
        this.expectsContinue = true;
        break;
      case 'upgrade':
        this.upgrade = value;
        break;
      default:
        this.#readNote(name, value);
    }
    // Of these only Via is meant for everybody on the way.
    return name === 'via';
  }

  /** Cross-checks that no single field shows. */
  settle(): void {
    this.#checkHost();
    this.#checkFraming();
    const options = this.#connection;
    this.keepAlive = !options.close && (this.minor === 1 || options.keepAlive);
    if (this.minor === 0) this.expectsContinue = false;
    if (!options.upgrade || !this.#mayUpgrade()) this.upgrade = '';
    if (options.named !== undefined) this.fields = withoutNamed(this.fields, options.named);
  }

  #checkHost(): void {
    if (this.minor === 1 && this.host === '') throw new HttpFault(400, 'missing_host', 'An HTTP/1.1 request must carry one Host field.');
    // RFC 9112 §3.2.2 lets the target win over Host; where they differ we refuse instead of choosing.
    if (this.authority !== '' && this.authority.toLowerCase() !== this.host.toLowerCase())
      throw new HttpFault(400, 'host_mismatch', 'Host differs from the authority of the request target.');
  }

  #checkFraming(): void {
    if (this.chunked && this.length !== -1)
      throw new HttpFault(400, 'ambiguous_length', 'Transfer-Encoding and Content-Length must not come together.');
    if (this.chunked && this.minor === 0) throw new HttpFault(400, 'bad_transfer_encoding', 'HTTP/1.0 has no Transfer-Encoding.');
  }

  /** h2c would let a client speak past the gateway's own routing; an upgrade with a body has no agreed meaning. */
  #mayUpgrade(): boolean {
    return this.minor === 1 && !this.hasBody && /^(?!h2)[\w./ -]+$/i.test(this.upgrade);
  }

  #readHost(value: string): void {
    if (this.host !== '') throw new HttpFault(400, 'duplicate_host', 'Host is given more than once.');
    if (!hostPattern.test(value)) throw new HttpFault(400, 'bad_host', 'Host must be a name or address, with an optional port.');
    this.host = value;
  }

  /** What is said about the request, by whoever asks or a proxy on the way. */
  #readNote(name: string, value: string): void {
    if (name === 'x-request-id') {
      if (requestIdPattern.test(value)) this.requestId = value;
    } else if (name === 'x-code-tell') this.tells = value === 'instance';
    else if (proxyName.test(name)) this.proxied = true;
  }

  #readTransferEncoding(value: string): void {
    if (this.chunked || value.toLowerCase() !== 'chunked')
      throw new HttpFault(400, 'bad_transfer_encoding', 'The only Transfer-Encoding understood is a single `chunked`.');
    this.chunked = true;
  }
}

/** Above this many bytes a head is not remembered: there may be many thousand connections. */
const rememberBelow = 2_048;

/** Reads the heads of one connection. Clients that keep theirs send the same head again and again; the same bytes have the same reading. */
export class RequestReader {
  #text = '';
  #head: RequestHead | undefined;

  /** The head, if these bytes are the last one again, whole and alone. */
  again(bytes: Buffer): RequestHead | undefined {
    const head = this.#head;
    if (head === undefined || bytes.length !== this.#text.length || bytes.toString('latin1') !== this.#text) return undefined;
    head.repeated = true;
    return head;
  }

  /** As `parseRequestHead`. */
  read(bytes: Buffer, from: number, end: number): RequestHead {
    const head = parseRequestHead(bytes, from, end);
    const remember = end - from <= rememberBelow;
    this.#head = remember ? head : undefined;
    this.#text = remember ? bytes.toString('latin1', from, end) : '';
    return head;
  }
}

/** Parses the head that stands in bytes [from, end); `end` is the index after its empty line. Throws HttpFault. */
export function parseRequestHead(buffer: Buffer, from: number, end: number): RequestHead {
  const bytes = from === 0 ? buffer : buffer.subarray(from);
  const text = buffer.toString('latin1', from, end);
  const head = new RequestHead();
  const lineEnd = readRequestLine(bytes, text, head);
  head.fields = scanFields(bytes, text, lineEnd + 2, end - from, names, head);
  head.settle();
  return head;
}

function readRequestLine(bytes: Uint8Array, text: string, head: RequestHead): number {
  const lineEnd = text.indexOf('\r\n');
  const first = text.indexOf(' ');
  const second = lineEnd - 9;
  if (first < 1 || first >= second || bytes[second] !== SPACE || !all(tokenBytes, bytes, 0, first))
    throw new HttpFault(400, 'bad_request_line', 'The request line must be: METHOD target HTTP/1.1');
  readVersion(text.slice(second + 1, lineEnd), head);
  readMethod(text.slice(0, first), head);
  if (!all(targetBytes, bytes, first + 1, second))
    throw new HttpFault(400, 'bad_target', 'The request target has a character that is not allowed.');
  head.target = text.slice(first + 1, second);
  readTarget(head);
  return lineEnd;
}

function readVersion(version: string, head: RequestHead): void {
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') {
    const known = /^HTTP\/\d\.\d$/.test(version);
    throw new HttpFault(known ? 505 : 400, 'bad_version', 'Only HTTP/1.1 and HTTP/1.0 are spoken here.');
  }
  head.minor = version === 'HTTP/1.1' ? 1 : 0;
}

function readMethod(method: string, head: RequestHead): void {
  if (method === 'CONNECT' || method === 'TRACE')
    throw new HttpFault(405, 'method_refused', `${method} is not allowed through this gateway.`);
  if (!methods.has(method)) throw new HttpFault(501, 'unknown_method', 'This method is not known.');
  head.method = method;
}

function readTarget(head: RequestHead): void {
  const { target } = head;
  if (target.startsWith('/')) head.path = target;
  else if (target === '*' && head.method === 'OPTIONS') head.path = '*';
  else {
    const match = /^http:\/\/([^/?]+)(\/.*)?$/i.exec(target);
    if (match?.[1] === undefined) throw new HttpFault(400, 'bad_target', 'The request target must start with a slash.');
    head.path = match[2] ?? '/';
    head.authority = match[1];
  }
}
