// The embedded store and its file: who may read it, what is refused at the door, and what a disk, a lock and a crash do.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/adapters/store/sqlite/sqlite.ts';
import type { Store } from '../../src/ports/store.ts';
import { append, put } from '../contract/store.ts';

let directory: string;
let file: string;
let opened: Store[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'store-file-'));
  file = join(directory, 'home', 'code.db');
  opened = [];
});

afterEach(async () => {
  for (const store of opened) await store.close();
  await rm(directory, { recursive: true });
});

async function open(options: { file?: string; readOnly?: boolean } = {}): Promise<Store> {
  const store = await openSqliteStore({ file, ...options });
  opened.push(store);
  return store;
}

/** A closed store with a few documents and events. */
async function filled(): Promise<void> {
  const store = await open();
  await store.commit([put('a', { text: 'precious '.repeat(20) }), put('b', {}), append('one'), append('two')]);
  await store.acquireLease('engine', 'me', 0, 10);
  await store.close();
}

/** Changes the file behind the engine's back. */
function tamper(sql: string): void {
  const database = new DatabaseSync(file, { defensive: false });
  database.exec(sql);
  database.close();
}

describe('the file', () => {
  it('is made with its directory, for its owner alone, log and index too', async () => {
    const store = await open();
    await store.commit([put('a', {})]);
    const modes = await Promise.all(
      (await readdir(join(directory, 'home'))).map(async (name) => [name, (await stat(join(directory, 'home', name))).mode & 0o777]),
    );
    expect(Object.fromEntries(modes)).toEqual({ 'code.db': 0o600, 'code.db-wal': 0o600, 'code.db-shm': 0o600 });
    expect((await stat(join(directory, 'home'))).mode & 0o777).toBe(0o700);
  });

  it('loses bits that others were given', async () => {
    await filled();
    await chmod(file, 0o644);
    await open();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('keeps everything over a close and an open, and is one file then', async () => {
    await filled();
    expect(await readdir(join(directory, 'home'))).toEqual(['code.db']);
    const store = await open();
    expect(await store.list('singleton')).toHaveLength(2);
    expect(await store.lastEvent()).toBe(2);
    expect(await store.acquireLease('engine', 'other', 5, 10)).toBeUndefined();
  });

  it('is made once when many open it at the same time', async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, () => open()));
    await Promise.all(stores.map((store, n) => store.commit([put(`k${n}`, { n })])));
    expect(await stores[0]?.list('singleton')).toHaveLength(5);
    expect((await readdir(join(directory, 'home'))).filter((name) => name.includes('new'))).toEqual([]);
  });
});

describe('reading only', () => {
  it('sees what is there, refuses writes, and leaves the file as it is', async () => {
    await filled();
    const before = await readFile(file);
    const store = await open({ readOnly: true });
    expect(await store.get('singleton', 'b')).toMatchObject({ version: 1 });
    await expect(store.commit([put('a', {})])).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(store.acquireLease('l', 'me', 0, 1)).rejects.toMatchObject({ code: 'store_unavailable' });
    await store.close();
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  it('sees commits of the writer that came after it was opened', async () => {
    const writer = await open();
    const reader = await open({ readOnly: true });
    await writer.commit([put('a', {})]);
    expect(await reader.get('singleton', 'a')).toBeDefined();
  });

  it('makes no file', async () => {
    await expect(open({ readOnly: true })).rejects.toMatchObject({ code: 'store_unavailable', details: { file } });
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('what is refused at the door', () => {
  it('a newer schema, naming both versions and the way on', async () => {
    await filled();
    tamper('PRAGMA user_version = 7');
    const refusal = open();
    await expect(refusal).rejects.toMatchObject({ code: 'store_newer', details: { file, found: 7, known: 1 } });
    await expect(refusal).rejects.toThrow(/version 7.*up to 1/);
    await expect(refusal).rejects.toHaveProperty('hint', expect.stringContaining('codectl backup restore'));
  });

  const damages: Readonly<Record<string, () => Promise<void> | void>> = {
    'a file that is something else': () =>
      writeFile(file, 'not a database at all, but long enough for a header of one hundred bytes. '.repeat(20)),
    'somebody else’s database': async () => {
      await unlink(file);
      tamper('CREATE TABLE t (a)');
    },
    'an empty file': () => truncate(file, 0),
    'a file without its second half': () => truncate(file, 8192),
    'an altered value': () => tamper(`UPDATE document SET value = '{}' WHERE key = 'a'`),
    'a vanished document': () => tamper(`DELETE FROM document WHERE key = 'b'`),
    'a vanished event': () => tamper('DELETE FROM event WHERE sequence = 1'),
    'a lease with another token': () => tamper('UPDATE lease SET token = 0'),
    'a dropped table': () => tamper('DROP TABLE event'),
    'a schema that was never finished': () => tamper('PRAGMA user_version = 0'),
    'a log without its file': async () => {
      await writeFile(`${file}-wal`, 'x');
      await unlink(file);
    },
  };

  it.each(Object.entries(damages))('%s, which it does not touch', async (_, damage) => {
    await filled();
    await damage();
    const before = await contents();
    const refusal = open();
    await expect(refusal).rejects.toMatchObject({ code: 'store_corrupt', details: { file } });
    await expect(refusal).rejects.toHaveProperty('hint', expect.stringContaining('codectl backup restore'));
    expect(await contents()).toEqual(before);
  });

  /** Of the file and its log; the index of the log is scratch. */
  async function contents(): Promise<Record<string, string>> {
    const names = (await readdir(join(directory, 'home'))).filter((name) => !name.endsWith('-shm'));
    const texts = await Promise.all(names.map(async (name) => [name, (await readFile(join(directory, 'home', name))).toString('base64')]));
    return Object.fromEntries(texts.filter(([, text]) => text !== ''));
  }

  it('a home that is a file', async () => {
    await writeFile(join(directory, 'home'), '');
    await expect(open()).rejects.toMatchObject({ code: 'home_unwritable' });
  });

  it.skipIf(process.getuid?.() === 0)('a home that may not be written (root may write anywhere)', async () => {
    await mkdir(join(directory, 'home'), { mode: 0o500 });
    await expect(open()).rejects.toMatchObject({ code: 'home_unwritable' });
  });

  it('a path that is a directory', async () => {
    await mkdir(file, { recursive: true });
    await expect(open()).rejects.toMatchObject({ code: 'home_unwritable' });
  });
});

describe('neighbours', () => {
  it('a writer in another process that does not end makes it unavailable, and changes nothing', async () => {
    const store = await open();
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.commit([put('a', {})])).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('locked'),
    });
    other.exec('ROLLBACK');
    other.close();
    await store.commit([put('a', {}, 0)]);
  });

  it('a reader is not held up by a writer', async () => {
    const store = await open();
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    expect(await store.list('singleton')).toEqual([]);
    other.close();
  });
});

/** Commits numbered documents with an event each and says so once each is durable, until it is killed. */
const writer = `
  import { openSqliteStore } from ${JSON.stringify(new URL('../../src/adapters/store/sqlite/sqlite.ts', import.meta.url).href)};
  const store = await openSqliteStore({ file: process.argv[1] });
  for (let n = 1; n <= Number(process.argv[2] ?? 1e9); n++) {
    try {
      const value = { n, filling: 'x'.repeat(Number(process.argv[3] ?? 0)) };
      await store.commit([{ op: 'put', kind: 'singleton', key: String(n).padStart(6, '0'), value }, { op: 'append', event: { at: n, kind: 'engine.started', message: String(n) } }]);
      process.stdout.write(n + '\\n');
    } catch (error) {
      process.stdout.write(error.code + '\\n');
      break;
    }
  }
  process.stdout.write('list ' + (await store.list('singleton')).length + ' events ' + (await store.lastEvent()) + '\\n');
  await store.close();
`;

describe('a crash', () => {
  it('R-13 loses nothing that was acknowledged when the writer is killed at any moment', async () => {
    for (const wanted of [1, 40, 200]) {
      await rm(join(directory, 'home'), { recursive: true, force: true });
      const child = spawn(process.execPath, ['--input-type=module', '-e', writer, file], { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      for await (const chunk of child.stdout) {
        output += String(chunk);
        if (output.split('\n').length > wanted) child.kill('SIGKILL');
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      const acknowledged = Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1));
      const store = await open();
      const numbers = (await store.list('singleton')).map(({ value }) => value.n as number);
      expect(numbers.length).toBeGreaterThanOrEqual(Math.max(acknowledged, wanted));
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      expect(await store.lastEvent()).toBe(numbers.length);
      await store.close();
    }
  });
});

const small = ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=400k none "$1" && shift && exec "$@"', 'sh'];
const mayMount = spawnSync('unshare', [...small, tmpdir(), 'true']).status === 0;

describe('a full disk', () => {
  it.skipIf(!mayMount)('is named, and what was committed before stays (needs a user namespace with mounts)', async () => {
    const words = [...small, directory, process.execPath, '--input-type=module', '-e', writer, join(directory, 'code.db'), '1000', '2000'];
    const { stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8' });
    expect(stderr).toBe('');
    const lines = stdout.trim().split('\n');
    const committed = lines.length - 2;
    expect(committed).toBeGreaterThan(5);
    expect(lines.slice(-2)).toEqual(['disk_full', `list ${committed} events ${committed}`]);
  });
});

describe('torn files', () => {
  interface History {
    readonly database: Buffer;
    readonly log: Buffer;
    /** How long the log was once a commit was acknowledged, by the commit's number. */
    readonly ends: ReadonlyMap<number, number>;
  }

  /** Twenty acknowledged commits: 1 to 10 are folded into the file, then 11 to 13 while a reader holds them in the log, the rest is in the log alone. */
  async function history(): Promise<History> {
    const store = await open();
    const ends = new Map<number, number>();
    const commit = async (first: number, last: number) => {
      for (let n = first; n <= last; n++) {
        const value = { n, filling: String(n).repeat(1500) };
        await store.commit([put(String(n % 7).padStart(2, '0'), value), put('newest', { n }), append(`${n} ${'y'.repeat(900)}`)]);
        ends.set(n, (await stat(`${file}-wal`)).size);
      }
    };
    const other = new DatabaseSync(file);
    const reader = new DatabaseSync(file);
    await commit(1, 10);
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    ends.clear();
    await commit(11, 13);
    reader.exec('BEGIN; SELECT * FROM ledger');
    await commit(14, 16);
    other.exec('PRAGMA wal_checkpoint(PASSIVE)');
    await commit(17, 20);
    const [database, log] = await Promise.all([readFile(file), readFile(`${file}-wal`)]);
    reader.close();
    other.close();
    await store.close();
    return { database, log, ends };
  }

  /** `newest`, with everything that must then be there checked; `undefined` when the store was refused as damaged. */
  async function survivor(name: string): Promise<number | undefined> {
    const path = join(directory, name);
    try {
      const store = await openSqliteStore({ file: path });
      try {
        const newest = Number((await store.get('singleton', 'newest'))?.value.n);
        const events = await store.events(0, 100);
        expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: newest }, (_, index) => index + 1));
        for (const { key, value } of await store.list('singleton')) {
          if (key === 'newest') continue;
          const last = newest - ((((newest - Number(key)) % 7) + 7) % 7);
          expect(value).toEqual({ n: last, filling: String(last).repeat(1500) });
        }
        return newest;
      } finally {
        await store.close();
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'store_corrupt', details: { file: path } });
      return undefined;
    } finally {
      for (const suffix of ['', '-wal', '-shm']) await rm(`${path}${suffix}`, { force: true });
    }
  }

  const wounds: Readonly<Record<string, (bytes: Buffer, at: number) => Buffer>> = {
    cut: (bytes, at) => bytes.subarray(0, at),
    zeroed: (bytes, at) => Buffer.from(bytes).fill(0, at, Math.min(at + 4096, bytes.length)),
    garbled: (bytes, at) => Buffer.from(bytes).fill('§garbage', at, Math.min(at + 4096, bytes.length)),
    'one bit flipped': (bytes, at) => {
      const copy = Buffer.from(bytes);
      copy[at + 2000] = (copy[at + 2000] ?? 0) ^ 4;
      return copy;
    },
  };

  async function tear(database: Buffer, log: Buffer): Promise<number | undefined> {
    await writeFile(join(directory, 'torn'), database);
    await writeFile(join(directory, 'torn-wal'), log);
    return survivor('torn');
  }

  it('opens with all twenty when nothing is torn', async () => {
    const { database, log } = await history();
    expect(await tear(database, log)).toBe(20);
  });

  it.each(Object.entries(wounds))('%s at each 4 KiB border of the file: all is there, or it is refused', async (_, wound) => {
    const { database, log } = await history();
    const found = new Set<number | undefined>();
    for (let at = 0; at < database.length; at += 4096) found.add(await tear(wound(database, at), log));
    // Pages that the log holds anew may be lost without loss; others may not.
    expect(found).toEqual(new Set([20, undefined]));
  });

  it.each(
    Object.entries(wounds),
  )('%s at each 4 KiB border of the log: what was committed before it is there, or it is refused', async (_, wound) => {
    const { database, log, ends } = await history();
    expect(ends.get(20)).toBe(log.length);
    let opens = 0;
    for (let at = 0; at < log.length; at += 4096) {
      const newest = await tear(database, wound(log, at));
      if (newest === undefined) continue;
      opens += 1;
      const before = [...ends].filter(([, end]) => end <= at).map(([n]) => n);
      expect(newest).toBeGreaterThanOrEqual(Math.max(10, ...before));
    }
    expect(opens).toBeGreaterThan(3);
  });
});
