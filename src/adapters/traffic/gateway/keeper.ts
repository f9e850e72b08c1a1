// Keeps one gateway process running: finds it, starts it, starts it again at once when it dies. It outlives us on purpose.
import { join } from 'node:path';
import { systemClock } from '../../../base/clock.ts';
import { CodeError, lastCodeErrorIn } from '../../../base/errors.ts';
import type { Address } from '../../../model/instance.ts';
import { ensureDirectory, readFileIfExists } from '../../../platform/files.ts';
import { isHeld } from '../../../platform/holder.ts';
import { answersOnSocket, localSocketPath, untilGone } from '../../../platform/local-socket.ts';
import type { ProcessIdentity } from '../../../platform/process/identity.ts';
import { isAlive, parseIdentity } from '../../../platform/process/identity.ts';
import { signalProcess } from '../../../platform/process/signal.ts';
import { spawnDetached } from '../../../platform/process/spawn.ts';

export interface Running {
  readonly identity: ProcessIdentity;
  readonly listening: Address;
  /** Where it takes requests over TLS; absent: nowhere. */
  readonly secure: Address | undefined;
}

const look = 20;
/** Half a second where nothing else runs; under a load of twenty it has taken more than fifteen. One that ends by itself is not waited for. */
const startWithin = 60_000;
/** A gateway that lives but says nothing for this long is hung. */
const hungAfter = 5_000;
/** Above the gateway's own grace for requests in flight. */
const stopWithin = 35_000;
const longestBackoff = 5_000;

export class GatewayKeeper {
  /** The process's own: its table, its socket, its log. */
  readonly directory: string;
  readonly #command: readonly string[];
  #watch: AbortController | undefined;
  #kept: Promise<void> = Promise.resolve();

  /** `command`: Node's executable and the gateway's entry file. */
  constructor(directory: string, command: readonly string[]) {
    this.directory = directory;
    this.#command = command;
  }

  socketPath(): Promise<string> {
    return localSocketPath(this.directory, 'gateway.sock');
  }

  /** The process, if one lives and answers. One that lives and does not answer is ended: it serves nobody. */
  async running(signal: AbortSignal): Promise<Running | undefined> {
    const recorded = await this.#recorded();
    if (recorded === undefined) return undefined;
    const giveUp = Date.now() + hungAfter;
    while (isAlive(recorded.identity)) {
      if (await this.#answers(signal)) return recorded;
      if (Date.now() > giveUp) signalProcess(recorded.identity, 'SIGKILL');
      await systemClock.sleep(look, signal);
    }
    return undefined;
  }

  /** Where the process listens, if it lives; whether or not it answers at this moment. */
  async listening(): Promise<Address | undefined> {
    return (await this.standing())?.listening;
  }

  /** What the process wrote down of itself, if it lives. */
  async standing(): Promise<Running | undefined> {
    const recorded = await this.#recorded();
    return recorded && isAlive(recorded.identity) ? recorded : undefined;
  }

  /** Whether no process serves from here; one that is about to, or that does not answer, counts as one that does. */
  async isGone(): Promise<boolean> {
    return (await this.listening()) === undefined && !(await isHeld(this.directory));
  }

  /** `args` say where and with whom to listen. Errors: `port_taken`, `settings_invalid`, `locked`, `gateway_unavailable`. */
  async launch(args: readonly string[], signal: AbortSignal): Promise<Running> {
    const [program = process.execPath, ...entry] = this.#command;
    const log = join(this.directory, 'gateway.log');
    await ensureDirectory(this.directory);
    const started = await spawnDetached({
      command: program,
      args: [...entry, '--directory', this.directory, ...args],
      cwd: this.directory,
      env: {},
      stdout: log,
      stderr: log,
    });
    const giveUp = Date.now() + startWithin;
    while (started.identity !== undefined && isAlive(started.identity) && Date.now() < giveUp) {
      const recorded = await this.#recorded();
      if (recorded?.identity.pid === started.pid && isAlive(recorded.identity)) return recorded;
      await systemClock.sleep(look, signal);
    }
    if (started.identity !== undefined) signalProcess(started.identity, 'SIGKILL');
    throw (
      lastCodeErrorIn((await readFileIfExists(log)) ?? '') ??
      new CodeError('gateway_unavailable', 'The gateway does not start.', { hint: `Read ${log}, then try \`codectl up\` again.` })
    );
  }

  /** From now on: `relaunch` is called whenever there is no process. */
  keep(relaunch: () => Promise<void>): void {
    this.detach();
    this.#watch = new AbortController();
    this.#kept = this.#keep(relaunch, this.#watch.signal);
  }

  detach(): void {
    this.#watch?.abort();
    this.#watch = undefined;
  }

  /** No longer keeps it, and resolves when nothing is being started any more: that would be left over. */
  async release(): Promise<void> {
    this.detach();
    await this.#kept;
  }

  /** Ends the process in order, if it lives: requests in flight finish. */
  async end(signal: AbortSignal): Promise<void> {
    const { identity } = (await this.#recorded()) ?? {};
    if (identity === undefined || !isAlive(identity)) return;
    signalProcess(identity, 'SIGTERM');
    const giveUp = Date.now() + stopWithin;
    while (isAlive(identity)) {
      if (Date.now() > giveUp) signalProcess(identity, 'SIGKILL');
      await systemClock.sleep(look, signal);
    }
  }

  /** Its control connection breaking is how we hear that it died, whoever started it. */
  async #keep(relaunch: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const path = await this.socketPath();
    let failures = 0;
    while (!signal.aborted) {
      await untilGone(path, '/watch', signal);
      try {
        if (!signal.aborted && (await this.running(signal)) === undefined) await relaunch();
        failures = 0;
        await systemClock.sleep(look, signal);
      } catch {
        failures++;
        await systemClock.sleep(Math.min(longestBackoff, 50 * 2 ** failures), signal).catch(() => undefined);
      }
    }
  }

  async #answers(signal: AbortSignal): Promise<boolean> {
    return answersOnSocket(await this.socketPath(), '/observe', 1_000, signal);
  }

  async #recorded(): Promise<Running | undefined> {
    const text = await readFileIfExists(join(this.directory, 'gateway.json'));
    if (text === undefined) return undefined;
    try {
      const { identity, listening, secure } = JSON.parse(text) as Partial<Record<'listening' | 'secure', Address>> & { identity?: unknown };
      const parsed = parseIdentity(identity);
      return parsed && listening && { identity: parsed, listening, secure };
    } catch {
      return undefined;
    }
  }
}
