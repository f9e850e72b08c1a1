// The lines of a mail server's dialogue: one command, one answer of one or more lines, with nothing left over between them.
import type { Socket } from 'node:net';

export interface Reply {
  readonly code: number;
  readonly lines: readonly string[];
}

const longest = 64_000;

export class Dialogue {
  readonly #socket: Socket;
  #text = '';
  #wanted: { resolve(reply: Reply): void; reject(error: Error): void } | undefined;
  #broken: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', this.#hear);
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  /** Errors: one that says what the server said, unless its code is one of these. */
  async say(command: string, ...expected: readonly number[]): Promise<Reply> {
    if (/[\r\n\0]/.test(command)) throw new Error('a command of mail holds a line end');
    return this.#exchange(`${command}\r\n`, expected);
  }

  /** The message, whose lines end with CRLF, and its end. */
  async deliver(message: string): Promise<Reply> {
    return this.#exchange(`${message.replaceAll(/^\./gm, '..')}.\r\n`, [250]);
  }

  async greeting(): Promise<Reply> {
    return checked(await this.#next(), [220]);
  }

  /** The socket for TLS; what was sent before is not read after. Errors: where somebody sent more than was asked for. */
  release(): Socket {
    this.#socket.off('data', this.#hear);
    if (this.#text !== '') throw new Error('the server said more than it was asked for before TLS');
    return this.#socket;
  }

  async #exchange(text: string, expected: readonly number[]): Promise<Reply> {
    const reply = this.#next();
    this.#socket.write(text, 'utf8');
    return checked(await reply, expected);
  }

  #next(): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#broken) reject(this.#broken);
      this.#wanted = { resolve, reject };
      this.#take();
    });
  }

  readonly #hear = (chunk: unknown): void => {
    this.#text += String(chunk);
    if (this.#text.length > longest) this.#fail(new Error('the server says more than a mail server has to say'));
    else this.#take();
  };

  #take(): void {
    if (!this.#wanted) return;
    const found = /^(?:\d{3}-[^\r\n]*\r?\n)*\d{3}(?: [^\r\n]*)?\r?\n/.exec(this.#text)?.[0];
    if (found === undefined) {
      if (/^(?!\d{3}[ -])[^\n]*\n/.test(this.#text)) this.#fail(new Error('what answers is no mail server'));
      return;
    }
    this.#text = this.#text.slice(found.length);
    const { resolve } = this.#wanted;
    this.#wanted = undefined;
    const lines = found.trimEnd().split(/\r?\n/);
    resolve({ code: Number(lines[0]?.slice(0, 3)), lines: lines.map((line) => line.slice(4)) });
  }

  #fail(error: Error): void {
    this.#broken ??= error;
    this.#wanted?.reject(this.#broken);
    this.#wanted = undefined;
  }
}

function checked(reply: Reply, expected: readonly number[]): Reply {
  if (expected.includes(reply.code)) return reply;
  throw new Error(`the server said ${reply.code} ${(reply.lines.at(-1) ?? '').slice(0, 200)}`);
}
