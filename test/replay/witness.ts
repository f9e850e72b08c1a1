// Hears what instances say of themselves, in order, and tells them how to behave: the test's hand in every instance, whatever runs it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../kit/until.ts';

export interface Who {
  readonly app: string;
  readonly service: string;
  readonly version: string;
  readonly instance: string;
  /** 1 for the first instance of this version of this service, then 2, 3 … */
  readonly nth: number;
}

export interface Heard extends Who {
  /** `healthy`: its health question was answered with 200 for the first time. `slow`: a request that takes long has begun. `exit`: it is about to end because it was asked to. */
  readonly what: 'start' | 'healthy' | 'slow' | 'exit' | 'sigterm' | 'done';
}

export interface Behaviour {
  /** The status of its health endpoint; one that never resolves hangs. Default: 200. */
  readonly health?: (who: Who) => number | Promise<number>;
  /** Default: it serves. `mute` lives and never listens, `elsewhere` listens on another port, `done` ends well. */
  readonly start?: (who: Who) => 'serve' | 'crash' | 'done' | 'mute' | 'elsewhere';
  /** What the instance waits for once it has said so: the answer comes when this resolves. */
  readonly hold?: (what: Heard['what'], who: Who) => Promise<unknown> | undefined;
  /** Default: it finishes what it has, then exits. A number: it exits after so many milliseconds. */
  readonly onSigterm?: (who: Who) => 'finish' | 'ignore' | number;
}

export class Witness {
  readonly heard: Heard[] = [];
  /** How often health was asked for, by app and version (`d-04 v2`). */
  readonly asked: Record<string, number> = {};
  readonly #behaviours = new Map<string, Behaviour>();
  readonly #server = createServer((request, response) => {
    const fields = new URL(request.url ?? '', 'http://here').searchParams;
    const [what, app, service, version, instance] = ['what', 'app', 'service', 'version', 'instance'].map((name) => fields.get(name) ?? '');
    void this.#answer(what ?? '', { app: app ?? '', service: service ?? '', version: version ?? '', instance: instance ?? '' }).then(
      ({ status, body }) => response.writeHead(status, { connection: 'close' }).end(body),
    );
  });

  static async open(): Promise<Witness> {
    const witness = new Witness();
    await new Promise<void>((resolve) => witness.#server.listen(0, resolve));
    return witness;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on; what is not said is the default. */
  behave(app: string, behaviour: Behaviour): void {
    this.#behaviours.set(app, behaviour);
  }

  of(app: string, what: Heard['what'], version?: string): readonly Heard[] {
    return this.heard.filter((one) => one.app === app && one.what === what && (version === undefined || one.version === version));
  }

  hears(app: string, what: Heard['what'], version: string, count = 1): Promise<unknown> {
    return until(
      () => this.of(app, what, version).length,
      (seen) => seen >= count,
    );
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(what: string, named: Omit<Who, 'nth'>): Promise<{ readonly status: number; readonly body: string }> {
    const behaviour = this.#behaviours.get(named.app) ?? {};
    const who = { ...named, nth: this.#nth(what, named) };
    if (what === 'health') return { status: await this.#health(behaviour, who), body: '' };
    this.heard.push({ ...who, what: what as Heard['what'] });
    await behaviour.hold?.(what as Heard['what'], who);
    return {
      status: 200,
      body: JSON.stringify({ start: behaviour.start?.(who) ?? 'serve', onSigterm: behaviour.onSigterm?.(who) ?? 'finish' }),
    };
  }

  async #health(behaviour: Behaviour, who: Who): Promise<number> {
    const key = `${who.app} ${who.version}`;
    this.asked[key] = (this.asked[key] ?? 0) + 1;
    const status = (await behaviour.health?.(who)) ?? 200;
    if (status === 200 && !this.heard.some((one) => one.what === 'healthy' && one.instance === who.instance))
      this.heard.push({ ...who, what: 'healthy' });
    return status;
  }

  /** Where a container is started anew in its place, one instance starts several times. */
  #nth(what: string, { app, service, version, instance }: Omit<Who, 'nth'>): number {
    const started = this.heard.filter(
      (one) => one.what === 'start' && one.app === app && one.service === service && one.version === version,
    );
    const last = what === 'start' ? undefined : started.findLast((one) => one.instance === instance);
    return last?.nth ?? started.length + 1;
  }
}
