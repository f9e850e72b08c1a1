// Keeps one gateway process running: adopts it, starts it, starts it again at once when it dies. It outlives us on purpose.
import { join } from 'node:path';
import { systemClock } from '../../../base/clock.ts';
import { CodeError, lastCodeErrorIn } from '../../../base/errors.ts';
import type { Address } from '../../../model/instance.ts';
import { ensureDirectory, readFileIfExists } from '../../../platform/files.ts';
import { answersOnSocket, localSocketPath, untilGone } from '../../../platform/local-socket.ts';
import type { ProcessIdentity } from '../../../platform/process/identity.ts';
import { isAlive, parseIdentity } from '../../../platform/process/identity.ts';
import { signalProcess } from '../../../platform/process/signal.ts';
import { spawnDetached } from '../../../platform/process/spawn.ts';
import { checkAddress, listenText } from './address.ts';

export interface GatewayCommand {
  /** The gateway's own directory: its table, its socket, its log. */
  readonly directory: string;
  /** Port 0: any free one, and the same again after a restart. */
  readonly listen: Address;
  /** Node's executable and the gateway's entry file. */
  readonly command: readonly string[];
  /** Told after the gateway died and runs again, with its table restored from disk. */
  readonly onRestart?: () => void;
}

interface Running {
  readonly identity: ProcessIdentity;
  readonly listening: Address;
}

const look = 20;
/** Starting takes a tenth of this on a slow machine. */
const startWithin = 15_000;
/** A gateway that lives but says nothing for this long is hung. */
const hungAfter = 5_000;
/** Above the gateway's own grace for requests in flight. */
const stopWithin = 35_000;
const longestBackoff = 5_000;

export class GatewayKeeper {
  readonly directory: string;
  readonly #settings: GatewayCommand;
  #watch: AbortController | undefined;
  #kept: Promise<void> = Promise.resolve();

  constructor(settings: GatewayCommand) {
    this.#settings = settings;
    this.directory = settings.directory;
  }

  socketPath(): Promise<string> {
    return localSocketPath(this.directory, 'gateway.sock');
  }

  async start(signal: AbortSignal): Promise<Address> {
    await ensureDirectory(this.directory);
    const found = await this.#adopt(signal);
    const running = found ?? (await this.#launch(signal));
    this.detach();
    this.#watch = new AbortController();
    this.#kept = this.#keep(this.#watch.signal);
    return running.listening;
  }

  detach(): void {
    this.#watch?.abort();
    this.#watch = undefined;
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.detach();
    // It may be starting a gateway right now, which would be left over.
    await this.#kept;
    const { identity } = (await this.#recorded()) ?? {};
    if (identity === undefined || !isAlive(identity)) return;
    signalProcess(identity, 'SIGTERM');
    await this.#ended(identity, signal);
  }

  /** Waits for an answer; false when there is none until the signal. */
  async back(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (await this.#answers(signal)) return true;
      await systemClock.sleep(look, signal).catch(() => undefined);
    }
    return false;
  }

  /** The gateway that runs, if it is the one that is wanted; one at another address has to go, once that address can be had. */
  async #adopt(signal: AbortSignal): Promise<Running | undefined> {
    const running = await this.#alive(signal);
    const { command, listen } = this.#settings;
    const { host, port } = running?.listening ?? {};
    if (running === undefined || (host === listen.host && (listen.port === 0 || listen.port === port))) return running;
    await checkAddress({ command, directory: this.directory, listen }, running.listening, signal);
    signalProcess(running.identity, 'SIGTERM');
    await this.#ended(running.identity, signal);
    try {
      return await this.#launch(signal);
    } catch (error) {
      // Who is served comes before where: at the old address, what is deployed can be reached.
      await this.#launch(signal, running.listening).catch(() => undefined);
      throw error;
    }
  }

  /** A gateway of ours that lives and answers. One that lives and does not answer is ended: it serves nobody. */
  async #alive(signal: AbortSignal): Promise<Running | undefined> {
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

  async #launch(signal: AbortSignal, listen = this.#settings.listen): Promise<Running> {
    const { command } = this.#settings;
    const [program = process.execPath, ...args] = command;
    const log = join(this.directory, 'gateway.log');
    const started = await spawnDetached({
      command: program,
      args: [...args, '--directory', this.directory, '--listen', listenText(listen)],
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

  /** Its control connection breaking is how we hear that it died, whoever started it. */
  async #keep(signal: AbortSignal): Promise<void> {
    const path = await this.socketPath();
    let failures = 0;
    while (!signal.aborted) {
      await untilGone(path, '/watch', signal);
      try {
        if (!signal.aborted && (await this.#alive(signal)) === undefined) {
          // Not cut short by `signal`: a gateway half started could not be found again.
          await this.#launch(AbortSignal.timeout(startWithin));
          this.#settings.onRestart?.();
        }
        failures = 0;
        await systemClock.sleep(look, signal);
      } catch {
        failures++;
        await systemClock.sleep(Math.min(longestBackoff, 50 * 2 ** failures), signal).catch(() => undefined);
      }
    }
  }

  async #ended(identity: ProcessIdentity, signal: AbortSignal): Promise<void> {
    const giveUp = Date.now() + stopWithin;
    while (isAlive(identity)) {
      if (Date.now() > giveUp) signalProcess(identity, 'SIGKILL');
      await systemClock.sleep(look, signal);
    }
  }

  async #answers(signal: AbortSignal): Promise<boolean> {
    return answersOnSocket(await this.socketPath(), '/observe', 1_000, signal);
  }

  async #recorded(): Promise<Running | undefined> {
    const text = await readFileIfExists(join(this.directory, 'gateway.json'));
    if (text === undefined) return undefined;
    try {
      const { identity, listening } = JSON.parse(text) as { readonly identity?: unknown; readonly listening?: Address };
      const parsed = parseIdentity(identity);
      return parsed && listening && { identity: parsed, listening };
    } catch {
      return undefined;
    }
  }
}
