// The processes of one gateway: at one address, each with the whole table. One that dies leaves its part to the others until it is back.
import { join } from 'node:path';
import { CodeError } from '../../../base/errors.ts';
import type { Address } from '../../../model/instance.ts';
import { ensureDirectory } from '../../../platform/files.ts';
import { checkAddress, listenText } from './address.ts';
import type { Running } from './keeper.ts';
import { GatewayKeeper } from './keeper.ts';
import { placesFor, placesIn } from './places.ts';

export interface GatewayCommand {
  /** The gateway's own directory. */
  readonly directory: string;
  /** Port 0: any free one, and the same again after a restart. */
  readonly listen: Address;
  /** Node's executable and the gateway's entry file. */
  readonly command: readonly string[];
  /** How many processes share the address; one where that is not said. */
  readonly processes?: number;
  /** Requests over TLS; absent: none are taken. */
  readonly tls?: GatewayTls | undefined;
  /** Told when a process runs that did not run before, with its table restored from disk. */
  readonly onRestart?: () => void;
}

export interface GatewayTls {
  /** Port 0 as for the other address. */
  readonly listen: Address;
  /** Certificates that the engine keeps, and challenges. */
  readonly directory: string;
  /** Certificates that the operator laid down. */
  readonly given: string;
}

interface Found {
  readonly keeper: GatewayKeeper;
  readonly running: Running;
}

/** Above what one start may take. */
const startWithin = 75_000;

export class GatewayFleet {
  readonly processes: readonly [GatewayKeeper, ...GatewayKeeper[]];
  readonly #settings: GatewayCommand;
  #launching: Promise<unknown> = Promise.resolve();

  constructor(settings: GatewayCommand) {
    this.#settings = settings;
    const { directory, command, processes = 1 } = settings;
    const [first, ...others] = placesFor(directory, processes).map((place) => new GatewayKeeper(place, command));
    this.processes = [first ?? new GatewayKeeper(directory, command), ...others];
  }

  /** Adopts what runs and starts what is missing; resolves once one serves at the wanted address. Errors: those of `GatewayKeeper.launch`. */
  async start(signal: AbortSignal): Promise<Address> {
    await ensureDirectory(this.#settings.directory);
    await this.#endSurplus(signal);
    const address = await this.#settle(signal);
    this.detach();
    for (const one of this.processes)
      one.keep(async () => {
        // Not cut short when we detach: a gateway half started could not be found again.
        await this.#launch(one, this.#settings.listen, AbortSignal.timeout(startWithin));
        this.#settings.onRestart?.();
      });
    return address;
  }

  detach(): void {
    for (const one of this.processes) one.detach();
  }

  async stop(signal: AbortSignal): Promise<void> {
    await Promise.all(this.processes.map((one) => one.release()));
    await Promise.all(this.processes.map((one) => one.end(signal)));
  }

  /** Processes of an earlier life that had more of them: the others are there, so these may finish and go. */
  async #endSurplus(signal: AbortSignal): Promise<void> {
    const wanted = new Set(this.processes.map((one) => one.directory));
    const surplus = placesIn(this.#settings.directory).filter((place) => !wanted.has(place));
    await Promise.all(surplus.map((place) => new GatewayKeeper(place, this.#settings.command).end(signal)));
  }

  /** Where it serves from now on, with at least one process there and none elsewhere. */
  async #settle(signal: AbortSignal): Promise<Address> {
    const found = await this.#living(signal);
    const serving = (found.find(({ running }) => this.#suits(running.listening)) ?? found[0])?.running.listening;
    if (serving === undefined) return (await this.#launch(this.processes[0], this.#settings.listen, signal)).listening;
    if (!this.#suits(serving)) return this.#move(serving, found, signal);
    await Promise.all(found.map(async ({ keeper, running }) => same(running.listening, serving) || (await keeper.end(signal))));
    await this.#renew(
      found.filter(({ running }) => same(running.listening, serving) && !this.#suitsSecurely(running.secure)),
      signal,
    );
    return serving;
  }

  /** Those that take requests over TLS elsewhere than they should: one after the other, so that where there are several nobody is refused. */
  async #renew(found: readonly Found[], signal: AbortSignal): Promise<void> {
    for (const { keeper } of found) {
      await keeper.end(signal);
      await this.#launch(keeper, this.#settings.listen, signal);
    }
  }

  #suitsSecurely(address: Address | undefined): boolean {
    const { tls } = this.#settings;
    if (tls === undefined || address === undefined) return tls === address;
    return address.host === tls.listen.host && (tls.listen.port === 0 || tls.listen.port === address.port);
  }

  /** One at another address has to go, once the new address can be had. */
  async #move(serving: Address, found: readonly Found[], signal: AbortSignal): Promise<Address> {
    const { command, directory, listen } = this.#settings;
    await checkAddress({ command, directory, listen }, serving, signal);
    await Promise.all(found.map(({ keeper }) => keeper.end(signal)));
    const [first] = this.processes;
    try {
      return (await this.#launch(first, listen, signal)).listening;
    } catch (error) {
      // Who is served comes before where: at the old address, what is deployed can be reached.
      await this.#launch(first, serving, signal).catch(() => undefined);
      throw error;
    }
  }

  async #living(signal: AbortSignal): Promise<readonly Found[]> {
    const all = await Promise.all(
      this.processes.map(async (keeper) => {
        const running = await keeper.running(signal);
        return running && { keeper, running };
      }),
    );
    return all.filter((one) => one !== undefined);
  }

  #suits({ host, port }: Address): boolean {
    const { listen } = this.#settings;
    return host === listen.host && (listen.port === 0 || listen.port === port);
  }

  /** One after the other: the first of them settles the address, the others join it. */
  #launch(one: GatewayKeeper, listen: Address, signal: AbortSignal): Promise<Running> {
    const launched = this.#launching.then(() => this.#launchNow(one, listen, signal));
    this.#launching = launched.catch(() => undefined);
    return launched;
  }

  async #launchNow(one: GatewayKeeper, listen: Address, signal: AbortSignal): Promise<Running> {
    const siblings = this.processes.filter((other) => other !== one);
    const standing = (await Promise.all(siblings.map((other) => other.standing()))).filter((other) => other !== undefined);
    const theirs = standing[0]?.listening;
    const where = theirs === undefined ? ['--listen', listenText(listen)] : ['--listen', listenText(theirs), '--join'];
    const family = siblings.flatMap(({ directory }) => ['--sibling', directory]);
    // A visitor who meets another process must find his cookie good there.
    const key = ['--visitor-key', join(this.#settings.directory, 'visitor-key')];
    const tls = this.#tlsWords(standing.find(({ secure }) => this.#suitsSecurely(secure))?.secure);
    return one.launch([...where, '--processes', String(this.processes.length), ...family, ...key, ...tls], signal);
  }

  /** `theirs`: of another process that is where it should be; port 0 is chosen once for all of them. */
  #tlsWords(theirs: Address | undefined): readonly string[] {
    const { tls } = this.#settings;
    if (tls === undefined) return [];
    return ['--tls-listen', listenText(theirs ?? tls.listen), '--tls-directory', tls.directory, '--tls-given', tls.given];
  }
}

function same(one: Address, other: Address): boolean {
  return one.host === other.host && one.port === other.port;
}

/** What is said when processes that live do not answer, or none lives. */
export function unavailable({ directory }: GatewayKeeper, cause: unknown): CodeError {
  return new CodeError('gateway_unavailable', 'The gateway does not answer on its control socket.', {
    hint: `Look at ${directory}/gateway.log, then start it again with \`codectl up\`.`,
    cause,
  });
}
