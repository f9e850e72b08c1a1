// What has to be undone, on disk before it is done: one file for each fault, gone when a check has seen that the fault is.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { asCodeError, CodeError } from '../../base/errors.ts';
import { jsonIn } from '../../base/json.ts';
import { ensureDirectory, removeIfExists, writeFileAtomic } from '../../platform/files.ts';
import { openBeneath } from '../../platform/guard/beneath.ts';
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
    const read = await Promise.all(files.map(async (name) => pendingIn(await noteIn(this.#directory, name))));
    return read.flatMap((one) => one ?? []);
  }

  #file(id: string): string {
    if (!/^[a-z0-9_-]{1,80}$/.test(id)) throw new CodeError('input_invalid', `"${id}" cannot be the id of a fault.`);
    return join(this.#directory, `${id}.json`);
  }
}

const largest = 64 * 1024;
const text = z.string().max(200);
const kept = z.looseObject({
  format: z.literal('fault-undo/1'),
  note: z.object({
    driver: text,
    id: text,
    fault: z.looseObject({
      kind: text,
      target: z.discriminatedUnion('kind', [
        z.looseObject({ kind: z.literal('instance'), id: z.string() }),
        z.looseObject({ kind: z.enum(['daemon', 'gateway']), pid: z.number() }),
      ]),
    }),
    state: z.record(z.string(), z.union([z.string(), z.number()])),
  }),
  until: z.number(),
});

/** Nothing of a link, a pipe, or what somebody else put there: what is undone is done as us. */
async function noteIn(directory: string, name: string): Promise<string> {
  try {
    const file = await openBeneath(directory, name);
    try {
      const { size, uid } = await file.stat();
      if (size > largest || (uid !== 0 && uid !== (process.getuid?.() ?? uid))) return '';
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}

function pendingIn(content: string): Pending | undefined {
  const value = kept.safeParse(jsonIn(content)).data;
  const prover = parseIdentity(value?.['prover']);
  if (value === undefined || prover === undefined) return undefined;
  // What is checked is what is read before a driver has it.
  return { note: value.note as unknown as UndoNote, prover, until: value.until };
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
