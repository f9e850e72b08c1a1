// A real image registry on this machine that wants a login, with its own empty storage (Debian: docker-registry).
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../kit/until.ts';

const program = '/usr/bin/docker-registry';

/** Who may use it. */
export const login = { username: 'tester', password: 'a:word?>' } as const;
/** bcrypt of that password: the registry takes nothing else. */
const hash = '$2b$05$abcdefghijklmnopqrstuubRRLoRg01whi8QHaGdF4S2shKbl3mKS';

/** Why this machine cannot have one; undefined when it can. */
export function whyNoRegistry(): Promise<string | undefined> {
  return access(program).then(
    () => undefined,
    () => `${program} is not installed (Debian: apt-get install docker-registry)`,
  );
}

export class Registry {
  readonly #place: string;
  readonly #process: ChildProcess;
  readonly #host: string;
  readonly port: number;

  private constructor(place: string, host: string, child: ChildProcess, port: number) {
    this.#place = place;
    this.#host = host;
    this.#process = child;
    this.port = port;
  }

  /** `host`: where it listens. */
  static async open(host = '127.0.0.1'): Promise<Registry> {
    const place = await mkdtemp(join(tmpdir(), 'codectl-registry-'));
    const users = join(place, 'users');
    await writeFile(users, `${login.username}:${hash}\n`);
    const config = {
      version: 0.1,
      log: { level: 'info' },
      storage: { filesystem: { rootdirectory: join(place, 'data') } },
      http: { addr: `${host}:0` },
      auth: { htpasswd: { realm: 'test', path: users } },
    };
    // JSON is YAML.
    await writeFile(join(place, 'config.yml'), JSON.stringify(config));
    const child = spawn(program, ['serve', join(place, 'config.yml')], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const port = await until(
      () => {
        if (child.exitCode !== null) throw new Error(`docker-registry ended while it started: ${said}`);
        return Number(/listening on [^"\s]*:(\d+)/.exec(said)?.[1] ?? 0);
      },
      (seen) => seen > 0,
    );
    return new Registry(place, host, child, port);
  }

  /** `HOST:PORT`, as references begin. */
  get name(): string {
    return `${this.#host}:${this.port}`;
  }

  /** Its port is free then. */
  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await rm(this.#place, { recursive: true, force: true, maxRetries: 5 });
  }
}
