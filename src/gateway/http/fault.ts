// A request or response that breaks the protocol or a limit, and the short answers that the gateway gives by itself.
import { STATUS_CODES } from '../../platform/node-http.ts';

/** Thrown by parsers; `reason` is a stable word for programs (`x-code-reason`), the message is for people. */
export class HttpFault extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export function statusText(status: number): string {
  return STATUS_CODES[status] ?? 'Unknown';
}

/** A year, and for no more than this host: what lies below it, and lists that browsers ship, are the application's to decide. */
export const strictTransport = 'Strict-Transport-Security: max-age=31536000\r\n';

export interface OwnAnswer {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly keepAlive: boolean;
  /** HEAD: the same head, no body. */
  readonly headOnly: boolean;
  readonly requestId: string;
  /** Seconds after which it is worth while to ask again. */
  readonly retryAfter?: number | undefined;
  readonly location?: string | undefined;
  /** Browsers are told to come by TLS only. */
  readonly strict?: boolean;
  /** In place of the message, byte by byte. */
  readonly content?: string | undefined;
}

/** The bytes (latin1) of an answer that no upstream gave. Says nothing about the gateway's name or version. */
export function ownAnswer(answer: OwnAnswer): string {
  const body = answer.content ?? `${answer.message}\n`;
  const id = answer.requestId === '' ? '' : `x-request-id: ${answer.requestId}\r\n`;
  const later = answer.retryAfter === undefined ? '' : `Retry-After: ${answer.retryAfter}\r\n`;
  const elsewhere = answer.location === undefined ? '' : `Location: ${answer.location}\r\n`;
  return (
    `HTTP/1.1 ${answer.status} ${statusText(answer.status)}\r\n` +
    `Date: ${new Date().toUTCString()}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
    `Cache-Control: no-store\r\nx-code-reason: ${answer.reason}\r\n${elsewhere}${later}${id}${answer.strict === true ? strictTransport : ''}` +
    `Connection: ${answer.keepAlive ? 'keep-alive' : 'close'}\r\n\r\n` +
    // The socket writes latin1; UTF-8 text must be spelt as its bytes.
    (answer.headOnly ? '' : Buffer.from(body).toString('latin1'))
  );
}
