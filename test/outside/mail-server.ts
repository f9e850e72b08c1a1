// A mail server as strict as RFC 5321 lets one be: every command in its turn, every line with CRLF, nothing before its answer; with TLS and logins where it is told to.
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { TLSSocket } from 'node:tls';

export interface MailOptions {
  /** Offers STARTTLS, and before it nothing else. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly login?: { readonly user: string; readonly password: string; readonly ways: string };
  /** Refuses these receivers. */
  readonly refuse?: readonly string[];
  /** Says this right after it agreed to TLS, still in the clear: whoever reads it after TLS believes somebody in between. */
  readonly smuggle?: string;
  readonly silent?: boolean;
}

export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly message: string;
  readonly secure: boolean;
  readonly user?: string;
}

export interface MailServer {
  readonly port: number;
  readonly received: readonly Received[];
  /** What a client did against the rules. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export async function mailServer(options: MailOptions = {}): Promise<MailServer> {
  const [received, complaints, sockets] = [[] as Received[], [] as string[], new Set<Socket>()];
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (!options.silent) new Conversation(socket, options, received, complaints).begin();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    complaints,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

class Conversation {
  #socket: Socket;
  #text = '';
  #state: 'new' | 'greeted' | 'mail' | 'rcpt' | 'data' = 'new';
  #secure = false;
  #user: string | undefined;
  #asking: 'user' | 'password' | undefined;
  #from = '';
  #to: string[] = [];
  readonly #options: MailOptions;
  readonly #received: Received[];
  readonly #complaints: string[];

  constructor(socket: Socket, options: MailOptions, received: Received[], complaints: string[]) {
    this.#socket = socket;
    this.#options = options;
    this.#received = received;
    this.#complaints = complaints;
  }

  begin(): void {
    this.#listen(this.#socket);
    this.#say('220 mail.test ESMTP');
  }

  #listen(socket: Socket): void {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#hear(String(chunk)));
    socket.on('error', () => undefined);
  }

  #say(line: string): void {
    this.#socket.write(`${line}\r\n`);
  }

  #hear(chunk: string): void {
    this.#text += chunk;
    for (;;) {
      if (this.#state === 'data') {
        const end = this.#text.indexOf('\r\n.\r\n');
        if (end < 0) return;
        const message = this.#text.slice(0, end + 2);
        this.#text = this.#text.slice(end + 5);
        if (/(?<!\r)\n|\r(?!\n)/.test(message)) this.#complaints.push('a bare line end in the message');
        if (message.split('\r\n').some((line) => line.length > 998)) this.#complaints.push('a line of more than 998 characters');
        this.#received.push({
          from: this.#from,
          to: this.#to,
          message,
          secure: this.#secure,
          ...(this.#user !== undefined && { user: this.#user }),
        });
        this.#state = 'greeted';
        this.#say('250 taken');
        continue;
      }
      const end = this.#text.indexOf('\n');
      if (end < 0) return;
      const line = this.#text.slice(0, end + 1);
      this.#text = this.#text.slice(end + 1);
      if (!line.endsWith('\r\n')) this.#complaints.push(`no CRLF after ${line.trim()}`);
      if (this.#text !== '') this.#complaints.push(`more was sent before the answer to ${line.trim()}`);
      this.#take(line.trimEnd());
    }
  }

  #take(line: string): void {
    if (this.#asking) return this.#login(line);
    const verb = line.split(/[ :]/)[0]?.toUpperCase() ?? '';
    if (verb === 'QUIT') {
      this.#say('221 bye');
      return void this.#socket.end();
    }
    if (verb === 'EHLO') return this.#greet();
    if (verb === 'STARTTLS' && this.#options.tls && !this.#secure && this.#state === 'greeted') return this.#secured();
    if (verb === 'AUTH' && this.#state === 'greeted') return this.#authenticate(line);
    this.#carry(verb, line);
  }

  #greet(): void {
    const { tls, login } = this.#options;
    this.#state = 'greeted';
    const offers = [
      ...(tls && !this.#secure ? ['STARTTLS'] : []),
      ...(login && (this.#secure || !tls) ? [`AUTH ${login.ways}`] : []),
      '8BITMIME',
    ];
    const lines = ['mail.test', ...offers];
    lines.forEach((one, at) => this.#say(`250${at === lines.length - 1 ? ' ' : '-'}${one}`));
  }

  #secured(): void {
    this.#state = 'new';
    this.#secure = true;
    const plain = this.#socket;
    plain.removeAllListeners('data');
    plain.write(`220 go on\r\n${this.#options.smuggle ?? ''}`, () =>
      this.#listen(new TLSSocket(plain, { isServer: true, ...this.#options.tls })),
    );
  }

  #authenticate(line: string): void {
    const [, way = '', given = ''] = line.split(' ');
    if (this.#options.tls && !this.#secure) this.#complaints.push('a password in the clear');
    if (way === 'PLAIN') {
      const [, user = '', password = ''] = Buffer.from(given, 'base64').toString('utf8').split('\0');
      return this.#admit(user, password);
    }
    this.#asking = 'user';
    this.#say('334 VXNlcm5hbWU6');
  }

  #login(line: string): void {
    const said = Buffer.from(line, 'base64').toString('utf8');
    if (this.#asking === 'user') {
      this.#user = said;
      this.#asking = 'password';
      return this.#say('334 UGFzc3dvcmQ6');
    }
    this.#asking = undefined;
    this.#admit(this.#user ?? '', said);
  }

  #admit(user: string, password: string): void {
    const right = user === this.#options.login?.user && password === this.#options.login.password;
    this.#user = right ? user : undefined;
    this.#say(right ? '235 welcome' : '535 5.7.8 credentials are wrong');
  }

  #carry(verb: string, line: string): void {
    const { tls, login } = this.#options;
    if (tls && !this.#secure) return this.#say('530 5.7.0 Must issue a STARTTLS command first');
    if (login && this.#user === undefined) return this.#say('530 5.7.0 Authentication required');
    const address = /^(?:MAIL FROM|RCPT TO):<([^<>\s]+)>$/.exec(line)?.[1] ?? '';
    const [state, answer] = this.#next(verb, address) ?? [this.#state, ''];
    if (answer === '') this.#complaints.push(`${line} in the state ${this.#state}`);
    this.#state = state;
    this.#say(answer === '' ? '503 5.5.1 bad sequence of commands' : answer);
  }

  /** The state after a command that may come now, and its answer. */
  #next(verb: string, address: string): readonly [Conversation['state'], string] | undefined {
    const turn = `${verb} ${this.state}`;
    if (turn === 'DATA rcpt') return ['data', '354 end with a dot'];
    if (address === '') return undefined;
    if (turn === 'MAIL greeted') {
      [this.#from, this.#to] = [address, []];
      return ['mail', '250 ok'];
    }
    if (turn !== 'RCPT mail' && turn !== 'RCPT rcpt') return undefined;
    if (this.#options.refuse?.includes(address)) return [this.state, '550 5.1.1 no such user'];
    this.#to.push(address);
    return ['rcpt', '250 ok'];
  }

  get state(): 'new' | 'greeted' | 'mail' | 'rcpt' | 'data' {
    return this.#state;
  }
}
