// Writes tar archives (POSIX ustar, with pax records for long names): how files are handed to the Engine.
import { createReadStream } from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface TarEntry {
  /** Relative, `/` between names and at the end of a directory's. */
  readonly path: string;
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Of a symbolic link. */
  readonly target?: string;
  /** Of a file: its size and where its content is. */
  readonly size?: number;
  readonly file?: string;
  /** The same of one that is nowhere but here. */
  readonly content?: Uint8Array;
}

const block = 512;

export async function* tarOf(entries: Iterable<TarEntry> | AsyncIterable<TarEntry>): AsyncGenerator<Uint8Array> {
  for await (const entry of entries) {
    yield* headsOf(entry);
    if (entry.content) yield Buffer.concat([entry.content, Buffer.alloc(padding(entry.content.length))]);
    if (entry.file === undefined) continue;
    let written = 0;
    // What a file has grown by meanwhile is left out; what it lost is made up for, or the rest would be read wrong.
    const size = entry.size ?? 0;
    for await (const chunk of size > 0 ? createReadStream(entry.file, { end: size - 1 }) : []) {
      if (!(chunk instanceof Uint8Array)) continue;
      written += chunk.length;
      yield chunk;
    }
    yield Buffer.alloc(size - written + padding(size));
  }
  yield Buffer.alloc(2 * block);
}

/** Every file, directory and link below a directory, in order of their names. */
export async function* entriesBelow(root: string, prefix = ''): AsyncGenerator<TarEntry> {
  const found = await readdir(join(root, prefix), { withFileTypes: true });
  for (const one of found.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${prefix}${one.name}`;
    const file = join(root, path);
    if (one.isDirectory()) {
      yield { path: `${path}/`, mode: 0o755 };
      yield* entriesBelow(root, `${path}/`);
    } else if (one.isSymbolicLink()) yield { path, mode: 0o777, target: await readlink(file) };
    else if (one.isFile()) {
      const { size, mode } = await stat(file);
      yield { path, mode: mode & 0o100 ? 0o755 : 0o644, size, file };
    }
  }
}

function* headsOf(entry: TarEntry): Generator<Buffer> {
  const { path, target = '' } = entry;
  const long = { ...(Buffer.byteLength(path) > 100 ? { path } : {}), ...(Buffer.byteLength(target) > 100 ? { linkpath: target } : {}) };
  const records = Object.entries(long).map(([key, value]) => paxRecord(key, value));
  if (records.length > 0) {
    const content = Buffer.from(records.join(''));
    yield headOf({ path: 'pax', mode: 0o644, size: content.length }, 'x');
    yield content;
    yield Buffer.alloc(padding(content.length));
  }
  yield headOf(entry, typeOf(entry));
}

function typeOf({ path, target }: TarEntry): string {
  if (target !== undefined) return '2';
  return path.endsWith('/') ? '5' : '0';
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const size = Buffer.byteLength(rest);
  const digits = String(size + String(size).length).length;
  return `${size + digits}${rest}`;
}

function padding(size: number): number {
  return (block - (size % block)) % block;
}

function headOf({ path, mode, uid = 0, gid = 0, content, size = content?.length ?? 0, target = '' }: TarEntry, type: string): Buffer {
  const head = Buffer.alloc(block);
  const octal = (value: number, at: number, width: number): void =>
    void head.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  Buffer.from(path).copy(head, 0, 0, 100);
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(gid, 116, 8);
  octal(size, 124, 12);
  // No times: the same content is the same archive.
  octal(0, 136, 12);
  head.write(type, 156, 'latin1');
  Buffer.from(target).copy(head, 157, 0, 100);
  head.write('ustar\u000000', 257, 'latin1');
  head.fill(' ', 148, 156);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return head;
}
