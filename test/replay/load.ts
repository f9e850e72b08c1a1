// Users who go on asking over kept connections; every answer counts, and what is not 200 is remembered.
import { Agent, request } from 'node:http';

const users = 2;
/** Between two requests of one user: load, not a flood. */
const pace = 10;

export interface LoadReport {
  readonly requests: number;
  /** What was not 200, in words. */
  readonly failures: readonly string[];
  /** Answers by version. */
  readonly versions: Readonly<Record<string, number>>;
}

export class Load {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #failures: string[] = [];
  readonly #versions: Record<string, number> = {};
  readonly #users: readonly Promise<void>[];
  #requests = 0;
  #over = false;

  constructor(host: string, port: number) {
    this.#users = Array.from({ length: users }, () => this.#user(host, port));
  }

  /** Answers by version so far. */
  get versions(): Readonly<Record<string, number>> {
    return this.#versions;
  }

  async stop(): Promise<LoadReport> {
    this.#over = true;
    await Promise.all(this.#users);
    this.#agent.destroy();
    return { requests: this.#requests, failures: this.#failures, versions: this.#versions };
  }

  async #user(host: string, port: number): Promise<void> {
    while (!this.#over) {
      const answer = await this.#ask(host, port);
      this.#requests += 1;
      if (answer.status === 200) this.#versions[answer.version] = (this.#versions[answer.version] ?? 0) + 1;
      else this.#failures.push(`${answer.status} ${answer.version}`);
      await new Promise((resolve) => setTimeout(resolve, pace));
    }
  }

  #ask(host: string, port: number): Promise<{ readonly status: number; readonly version: string }> {
    return new Promise((resolve) => {
      const call = request({ host: '127.0.0.1', port, path: '/', headers: { host }, agent: this.#agent }, (response) => {
        response.on('error', (error) => resolve({ status: 0, version: error.message }));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, version: String(response.headers['x-version'] ?? '') }));
        response.resume();
      });
      call.on('error', (error) => resolve({ status: 0, version: error.message }));
      call.end();
    });
  }
}
