// A server of the Model Context Protocol that is a program beside us, spoken to over its standard input and output.
// It gets nothing of ours: no shell, no environment, no standard error; and it ends after a while that nobody asked it anything.
import { asCodeError } from '../../../base/errors.ts';
import type { Duration } from '../../../base/units.ts';
import type { Dialogue } from '../../../platform/program/dialogue.ts';
import { startDialogue } from '../../../platform/program/dialogue.ts';
import type { ForeignTools } from '../../../ports/outside/tools.ts';
import type { ForeignMessage, ForeignResult } from './message.ts';
import { foreignResult, messageIn, resultIn, wrong } from './message.ts';
import type { Link } from './tools.ts';
import { answerMost, answerTime, introduction, toolsOver } from './tools.ts';

export interface ProgramOptions {
  readonly name: string;
  /** The program and its words. */
  readonly command: readonly string[];
  /** Where it runs. */
  readonly directory: string;
  /** All that it finds in its environment. Errors: `settings_invalid`. */
  readonly environment: () => Promise<Readonly<Record<string, string>>>;
  /** For one answer; absent: a minute. */
  readonly patience?: Duration;
  /** How long it stays when nobody asks anything; absent: a minute. */
  readonly idle?: Duration;
}

/** Lines that are no answer to anything, between two that are: more of them are a flood. */
const mostAside = 10_000;

export function openUpstreamProgram(options: ProgramOptions): ForeignTools {
  return toolsOver(options.name, new ProgramLink(options));
}

class ProgramLink implements Link {
  readonly #options: ProgramOptions;
  #session: Promise<Session> | undefined;

  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  async ask(method: string, params: object, signal: AbortSignal): Promise<ForeignResult> {
    signal.throwIfAborted();
    const session = await (this.#session ??= this.#begin());
    return session.ask(method, params, signal);
  }

  /** For all who ask meanwhile: nobody's leaving ends it. */
  #begin(): Promise<Session> {
    const beginning = this.#introduced();
    beginning.catch(() => this.#forget(beginning));
    return beginning;
  }

  async #introduced(): Promise<Session> {
    const { name } = this.#options;
    const session = new Session(this.#options, () => this.#forget(this.#session));
    try {
      await session.start();
      resultIn(name, await session.ask('initialize', introduction, new AbortController().signal));
      session.tell('notifications/initialized');
      return session;
    } catch (thrown) {
      session.fail('did not begin');
      const error = asCodeError(thrown);
      throw error.code === 'outside_unavailable' || error.code === 'settings_invalid'
        ? error
        : wrong(name, `cannot be started (${error.code})`);
    }
  }

  #forget(which: Promise<Session> | undefined): void {
    if (this.#session === which) this.#session = undefined;
  }
}

interface Waiting {
  readonly resolve: (message: ForeignMessage) => void;
  readonly reject: (error: Error) => void;
}

/** One life of the program. */
class Session {
  readonly #options: ProgramOptions;
  readonly #over: () => void;
  readonly #waiting = new Map<number, Waiting>();
  #program: Dialogue | undefined;
  #count = 0;
  #aside = 0;
  #ended: Error | undefined;
  #rest: NodeJS.Timeout | undefined;

  constructor(options: ProgramOptions, over: () => void) {
    this.#options = options;
    this.#over = over;
  }

  async start(): Promise<void> {
    const { command: words, directory, environment } = this.#options;
    const [command = '', ...args] = words;
    const hear = { line: (text: string) => this.#heard(text), ended: (because: string) => this.fail(because) };
    const limits = { line: answerMost, unread: answerMost };
    this.#program = await startDialogue({ command, args, cwd: directory, env: await environment() }, limits, hear);
  }

  async ask(method: string, params: object, signal: AbortSignal): Promise<ForeignResult> {
    if (this.#ended) throw this.#ended;
    clearTimeout(this.#rest);
    const id = (this.#count += 1);
    const { promise, resolve, reject } = Promise.withResolvers<ForeignMessage>();
    this.#waiting.set(id, { resolve, reject });
    const late = setTimeout(() => this.fail('did not answer in time'), this.#options.patience ?? answerTime);
    const leave = (): void => {
      reject(signal.reason as Error);
      this.tell('notifications/cancelled', { requestId: id });
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      this.#say({ id, method, params });
      return foreignResult(await promise);
    } finally {
      clearTimeout(late);
      signal.removeEventListener('abort', leave);
      this.#waiting.delete(id);
      this.#rested();
    }
  }

  tell(method: string, params?: object): void {
    this.#say({ method, ...(params && { params }) });
  }

  /** It is over: for all who wait, and for the program. */
  fail(because: string): void {
    if (this.#ended) return;
    this.#ended = wrong(this.#options.name, because);
    clearTimeout(this.#rest);
    this.#program?.end();
    this.#over();
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
  }

  #say(message: object): void {
    this.#program?.say(JSON.stringify({ jsonrpc: '2.0', ...message }));
  }

  #heard(text: string): void {
    let message: ForeignMessage;
    try {
      message = messageIn(this.#options.name, text);
    } catch {
      return this.fail('said what is no message');
    }
    const { id, method } = message;
    const waiting = typeof id === 'number' && method === undefined ? this.#waiting.get(id) : undefined;
    if (waiting) {
      this.#aside = 0;
      return waiting.resolve(message);
    }
    this.#aside += 1;
    if (this.#aside > mostAside) return this.fail('says more than it is asked');
    // It may ask whether we are there, and nothing else: what it could ask for we said that we do not have.
    if (method === undefined || id === undefined || id === null) return;
    this.#say({ id, ...(method === 'ping' ? { result: {} } : { error: { code: -32_601, message: 'There is nothing like that here.' } }) });
  }

  #rested(): void {
    if (this.#waiting.size > 0 || this.#ended) return;
    this.#rest = setTimeout(() => this.fail('was not needed for a while'), this.#options.idle ?? answerTime);
    this.#rest.unref();
  }
}
