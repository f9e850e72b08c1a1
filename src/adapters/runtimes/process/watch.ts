// Notices ends of instances: the exits of our own children, the notes that launchers leave for everybody, and a slow look for the rest.
import type { FSWatcher } from 'node:fs';
import { watch } from 'node:fs';
import { ensureDirectory } from '../../../platform/files.ts';
import type { ProcessIdentity } from '../../../platform/process/identity.ts';
import { isAlive } from '../../../platform/process/identity.ts';

export interface WatchOptions {
  readonly exits: string;
  readonly everyMs: number;
}

/** Never keeps the process alive. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #listeners = new Set<(instance: string) => void>();
  readonly #living = new Map<string, ProcessIdentity>();
  #timer: NodeJS.Timeout | undefined;
  #watcher: FSWatcher | undefined;
  #chore: (living: readonly string[]) => void = () => {};
  #closed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  onChange(listener: (instance: string) => void): () => void {
    // Each subscription is its own, also of one function twice.
    const own = (instance: string) => listener(instance);
    this.#listeners.add(own);
    void this.#watchExits();
    return () => this.#listeners.delete(own);
  }

  /** Called with the living at every look. */
  atEveryLook(chore: (living: readonly string[]) => void): void {
    this.#chore = chore;
  }

  /** From now on its end is noticed. */
  follow(id: string, leader: ProcessIdentity): void {
    if (this.#closed) return;
    this.#living.set(id, leader);
    this.#timer ??= setInterval(() => this.#look(), this.#options.everyMs).unref();
  }

  ended(id: string): void {
    this.#living.delete(id);
    for (const listener of this.#listeners) listener(id);
  }

  unfollow(id: string): void {
    this.#living.delete(id);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#watcher?.close();
    this.#listeners.clear();
    this.#living.clear();
  }

  #look(): void {
    for (const [id, leader] of this.#living) if (!isAlive(leader)) this.ended(id);
    this.#chore([...this.#living.keys()]);
  }

  /** Where the directory cannot be watched (too many watches, a network file system) the look has to do. */
  async #watchExits(): Promise<void> {
    if (this.#tryWatch()) return;
    await ensureDirectory(this.#options.exits).catch(() => undefined);
    this.#tryWatch();
  }

  #tryWatch(): boolean {
    if (this.#watcher !== undefined || this.#closed) return true;
    try {
      this.#watcher = watch(this.#options.exits, { persistent: false }, (_event, name) => {
        if (name !== null && this.#living.has(name)) for (const listener of this.#listeners) listener(name);
      });
      this.#watcher.on('error', () => this.#watcher?.close());
      return true;
    } catch {
      return false;
    }
  }
}
