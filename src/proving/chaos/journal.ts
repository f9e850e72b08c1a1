// What has to be undone, on disk before it is done: one file for each fault, gone when a check has seen that the fault is.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asCodeError, CodeError } from '../../base/errors.ts';
import { jsonIn } from '../../base/json.ts';
import { ensureDirectory, readFileIfExists, removeIfExists, writeFileAtomic } from '../../platform/files.ts';
import type { ProcessIdentity } from '../../platform/process/identity.ts';
import { isAlive, parseIdentity } from '../../platform/process/identity.ts';
import type { Faults, UndoNote } from '../../ports/faults.ts';

export interface Pending {
  readonly note: UndoNote;
  /** Whoever does it, and takes it back in the usual case. */
  readonly prover: ProcessIdentity;
  /** Epoch milliseconds; later than this its prover has forgotten it. */
  readonly until: number;
}

export interface Undone {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  /** Why it could not be; its file stays. */
  readonly because?: string;
}

export class UndoJournal {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Durable when it resolves. Errors: `disk_full`, `home_unwritable`: then nothing may be broken. */
  async write(pending: Pending): Promise<void> {
    await ensureDirectory(this.#directory);
    await writeFileAtomic(this.#file(pending.note.id), JSON.stringify({ format: 'fault-undo/1', ...pending }));
  }

  async strike(id: string): Promise<void> {
    await removeIfExists(this.#file(id));
  }

  /** What is no note is left where it is, and not obeyed. */
  async pending(): Promise<readonly Pending[]> {
    const names = await readdir(this.#directory).catch((): readonly string[] => []);
    const files = names.filter((name) => /^[a-z0-9_-]+\.json$/.test(name));
    const read = await Promise.all(files.map(async (name) => pendingIn((await readFileIfExists(join(this.#directory, name))) ?? '')));
    return read.flatMap((one) => one ?? []);
  }

  #file(id: string): string {
    if (!/^[a-z0-9_-]{1,80}$/.test(id)) throw new CodeError('input_invalid', `"${id}" cannot be the id of a fault.`);
    return join(this.#directory, `${id}.json`);
  }
}

function pendingIn(text: string): Pending | undefined {
  const value = jsonIn(text) as { format?: unknown; note?: Partial<UndoNote>; prover?: unknown; until?: unknown } | undefined;
  const prover = parseIdentity(value?.prover);
  const { driver, id, fault, state } = value?.note ?? {};
  const told = typeof driver === 'string' && typeof id === 'string' && typeof fault === 'object' && typeof state === 'object';
  if (value?.format !== 'fault-undo/1' || prover === undefined || !told || typeof value.until !== 'number') return undefined;
  return { note: { driver, id, fault, state }, prover, until: value.until };
}

/** Faults whose prover is gone, or should have taken them back long ago. */
export function isAbandoned({ prover, until }: Pending, now: number): boolean {
  return !isAlive(prover) || now > until;
}

/** Undoes what is chosen, one after the other; one that cannot be undone keeps its place and its reason. */
export async function replay(
  journal: UndoJournal,
  drivers: ReadonlyMap<string, Faults>,
  chosen: (one: Pending) => boolean,
): Promise<readonly Undone[]> {
  const undone: Undone[] = [];
  for (const { note } of (await journal.pending()).filter(chosen)) {
    const { target } = note.fault;
    const told = { id: note.id, kind: note.fault.kind, target: target.kind === 'instance' ? target.id : target.kind };
    try {
      const driver = drivers.get(note.driver);
      if (driver === undefined) throw new CodeError('unsupported', `nobody here knows the driver "${note.driver}"`);
      await driver.undo(note);
      await journal.strike(note.id);
      undone.push(told);
    } catch (thrown) {
      undone.push({ ...told, because: asCodeError(thrown).message });
    }
  }
  return undone;
}
