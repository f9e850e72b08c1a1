// Reads the fields of a Protocol Buffers message without its schema (https://protobuf.dev/programming-guides/encoding).

export interface Field {
  readonly number: number;
  /** Of strings, bytes and messages; absent for numbers, which nobody here asks for. */
  readonly bytes?: Uint8Array;
}

/** What is cut off or damaged ends it: whoever reads has what came before. */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let place = 1; at < message.length; place *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * place;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < message.length) {
    const tag = varint();
    const [number, kind] = [Math.floor(tag / 8), tag % 8];
    const size = kind === 2 ? varint() : kind === 1 ? 8 : kind === 5 ? 4 : 0;
    if (kind === 0) varint();
    else if (kind !== 1 && kind !== 2 && kind !== 5) return;
    if (!(at + size <= message.length)) return;
    yield kind === 2 ? { number, bytes: message.subarray(at, at + size) } : { number };
    at += size;
  }
}
