// Reads tar archives as they come (POSIX ustar and pax, and what GNU added): one entry after the other, and no byte of it is believed unseen.
import { headOf } from './head.ts';
import type { Budget, ByteSource } from './source.ts';

export interface TarEntry {
  readonly kind: 'file' | 'directory' | 'link' | 'hard link' | 'other';
  /** As it stands there: whoever uses it judges it. */
  readonly path: string;
  /** Of a link. */
  readonly target: string;
  readonly size: number;
  /** Of a file; what is not read of it by the time of the next entry is passed over. */
  readonly content: AsyncIterable<Uint8Array>;
}

const block = 512;
/** Of one extended header: names have at most a few thousand bytes. */
const longest = 2 ** 20;
const sparse = 'it has a sparse file, whose content is not what it says';

/** What headers before an entry say of it. */
interface Said {
  path?: string;
  target?: string;
  size?: number;
}

/** Throws an `Error` with the reason for what is no archive, ends too early, or costs more than the budget. */
export async function* entriesOfTar(source: ByteSource, budget: Budget): AsyncGenerator<TarEntry> {
  let said: Said = {};
  for (let bytes = await headBlock(source); bytes; bytes = await headBlock(source)) {
    budget.entries -= 1;
    if (budget.entries < 0) throw new Error('it has more entries than are read here');
    const head = headOf(bytes);
    if (head.type === 'g') await text(source, head.size);
    else if (head.type === 'x') Object.assign(said, saidIn(await text(source, head.size)));
    else if (head.type === 'L') said.path = untilNul(await text(source, head.size));
    else if (head.type === 'K') said.target = untilNul(await text(source, head.size));
    else {
      const kind = kindOf(head.type, said.path ?? head.path);
      const size = kind === 'file' ? (said.size ?? head.size) : 0;
      const content = new Content(source, size);
      yield { kind, path: said.path ?? head.path, target: said.target ?? head.target, size, content };
      await content.pass();
      said = {};
    }
  }
}

/** The next header; `undefined` at the end, which is two blocks of zeros, or, as some write it, nothing at all. */
async function headBlock(source: ByteSource): Promise<Uint8Array | undefined> {
  const head = await source.take(block);
  if (head.length === 0) return undefined;
  if (head.length < block) throw new Error('it ends in the middle of a header');
  if (!isBlank(head)) return head;
  const next = await source.take(block);
  if (next.length > 0 && !isBlank(next)) throw new Error('a header is blank');
  return undefined;
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function kindOf(type: string, path: string): TarEntry['kind'] {
  if (type === 'S') throw new Error(sparse);
  if (type === '5' || (type === '0' && path.endsWith('/'))) return 'directory';
  if (type === '2') return 'link';
  if (type === '1') return 'hard link';
  return ['3', '4', '6'].includes(type) ? 'other' : 'file';
}

/** What of an extended header concerns the entry behind it. */
function saidIn(content: Buffer): Said {
  const fields = fieldsIn(content);
  if ([...fields.keys()].some((key) => key.startsWith('GNU.sparse.'))) throw new Error(sparse);
  const [path, target, size] = [fields.get('path'), fields.get('linkpath'), fields.get('size')];
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw new Error('a size cannot be read');
  return {
    ...(path !== undefined && { path }),
    ...(target !== undefined && { target }),
    ...(size !== undefined && { size: Number(size) }),
  };
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself, in bytes. */
function fieldsIn(content: Buffer): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const [opening = '', digits = '', key = ''] = /^(\d{1,8}) ([^=\n]{1,200})=/.exec(content.toString('latin1', at, at + 220)) ?? [];
    const [from, end] = [at + opening.length, at + Number(digits)];
    if (opening === '' || end <= from || content[end - 1] !== 0x0a) throw new Error('an extended header cannot be read');
    fields.set(key, content.toString('utf8', from, end - 1));
    at = end;
  }
  return fields;
}

async function text(source: ByteSource, size: number): Promise<Buffer> {
  if (size > longest) throw new Error('an extended header is larger than any');
  const pieces: Uint8Array[] = [];
  const content = new Content(source, size);
  for await (const chunk of content) pieces.push(chunk);
  await content.pass();
  return Buffer.concat(pieces);
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

/** The bytes of one entry, and the padding behind them. */
class Content implements AsyncIterable<Uint8Array> {
  readonly #source: ByteSource;
  readonly #padding: number;
  #left: number;

  constructor(source: ByteSource, size: number) {
    this.#source = source;
    this.#left = size;
    this.#padding = (block - (size % block)) % block;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (this.#left > 0) yield await this.#next();
  }

  async pass(): Promise<void> {
    while (this.#left > 0) await this.#next();
    if ((await this.#source.take(this.#padding)).length < this.#padding) throw new Error('it ends in the middle of a file');
  }

  async #next(): Promise<Uint8Array> {
    const chunk = await this.#source.some(this.#left);
    if (!chunk) throw new Error('it ends in the middle of a file');
    this.#left -= chunk.length;
    return chunk;
  }
}
