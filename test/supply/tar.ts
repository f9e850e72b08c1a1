// Archives made by hand, sound and hostile ones: every field as a test wants it.

export interface Piece {
  readonly path: string;
  readonly content?: string | Uint8Array;
  /** As tar has it: `0` file (when nothing is said), `1` hard link, `2` link, `5` directory, `x` pax, `L` GNU's long name. */
  readonly type?: string;
  readonly target?: string;
  /** Another than that of the content. */
  readonly size?: number;
  readonly magic?: string;
  readonly prefix?: string;
  /** Of the field of the size, as it is written. */
  readonly rawSize?: Uint8Array;
}

const block = 512;

export function headOf({ path, type = '0', target = '', magic = 'ustar\u000000', prefix = '', rawSize, ...rest }: Piece): Buffer {
  const head = Buffer.alloc(block);
  const size = rest.size ?? Buffer.from(rest.content ?? '').length;
  Buffer.from(path).copy(head, 0, 0, 100);
  head.write('0000644\0', 100, 'latin1');
  head.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  if (rawSize) Buffer.from(rawSize).copy(head, 124);
  head.write(type, 156, 'latin1');
  Buffer.from(target).copy(head, 157, 0, 100);
  head.write(magic, 257, 'latin1');
  Buffer.from(prefix).copy(head, 345, 0, 155);
  return summed(head);
}

/** Writes what the bytes of a header add up to. */
export function summed(head: Buffer): Buffer {
  head.fill(' ', 148, 156);
  head.write(
    `${head
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
  return head;
}

export function pieceOf(piece: Piece): Buffer {
  const content = Buffer.from(piece.content ?? '');
  return Buffer.concat([headOf(piece), content, Buffer.alloc((block - (content.length % block)) % block)]);
}

export const end: Buffer = Buffer.alloc(2 * block);

export function tar(...pieces: readonly Piece[]): Buffer {
  return Buffer.concat([...pieces.map(pieceOf), end]);
}

/** `LENGTH KEY=VALUE\n` for each. */
export function pax(fields: Readonly<Record<string, string>>): Piece {
  const records = Object.entries(fields).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    const digits = String(rest + String(rest).length).length;
    return `${rest + digits} ${key}=${value}\n`;
  });
  return { path: 'pax', type: 'x', content: records.join('') };
}

/** What `docker save` writes: layers from the lowest to the topmost, the list last. */
export function saved(layers: readonly Uint8Array[], manifest?: unknown): Buffer {
  const names = layers.map((_, at) => `layer${at}/layer.tar`);
  const list = manifest ?? [{ Config: 'config.json', RepoTags: ['shop/web:1'], Layers: names }];
  return tar(
    ...layers.map((content, at): Piece => ({ path: names[at] ?? '', content })),
    { path: 'config.json', content: '{"architecture":"amd64","os":"linux"}' },
    { path: 'manifest.json', content: JSON.stringify(list) },
  );
}

/** In pieces of odd sizes, as a connection brings them. */
export async function* inPieces(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
