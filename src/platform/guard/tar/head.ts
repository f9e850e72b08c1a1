// One header of a tar archive: 512 bytes whose sum has to be what they say it is.

export interface TarHead {
  readonly path: string;
  readonly target: string;
  readonly size: number;
  /** One character; that of old archives for a file is told as `0`. */
  readonly type: string;
}

/** Whether these bytes begin an archive: a header that adds up, or the blank ones of an empty archive. */
export function beginsTar(bytes: Uint8Array): boolean {
  if (bytes.length < 512) return false;
  return addsUp(bytes) || bytes.every((byte) => byte === 0);
}

/** Throws an `Error` with the reason for what is no header. */
export function headOf(bytes: Uint8Array): TarHead {
  if (!addsUp(bytes)) throw new Error('a header is damaged, or it is no archive');
  const magic = text(bytes, 257, 8);
  // What GNU wrote there instead of the rest of the name are times.
  const prefix = magic.startsWith('ustar') && magic !== 'ustar  ' ? text(bytes, 345, 155) : '';
  const name = text(bytes, 0, 100);
  const type = String.fromCharCode(bytes[156] ?? 0);
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    target: text(bytes, 157, 100),
    size: number(bytes, 124, 12),
    type: type === '\0' || type === '7' ? '0' : type,
  };
}

/** The field of the sum counts as blanks; some have added the bytes up with their signs. */
function addsUp(bytes: Uint8Array): boolean {
  let [sum, signed] = [0, 0];
  for (let at = 0; at < 512; at += 1) {
    const byte = at >= 148 && at < 156 ? 0x20 : (bytes[at] ?? 0);
    sum += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const stated = octal(bytes, 148, 8);
  return stated !== undefined && (stated === sum || stated === signed);
}

function text(bytes: Uint8Array, at: number, size: number): string {
  const field = Buffer.from(bytes.buffer, bytes.byteOffset + at, size);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? size : end);
}

function octal(bytes: Uint8Array, at: number, size: number): number | undefined {
  const [, digits] = /^[ \0]*([0-7]*)[ \0]*$/.exec(Buffer.from(bytes.buffer, bytes.byteOffset + at, size).toString('latin1')) ?? [];
  return digits === undefined ? undefined : Number.parseInt(digits || '0', 8);
}

/** In octal digits; what is too large for them in binary, marked by the first bit (GNU). */
function number(bytes: Uint8Array, at: number, size: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) {
    const value = octal(bytes, at, size);
    if (value === undefined) throw new Error('a size cannot be read');
    return value;
  }
  let value = first & 0x7f;
  for (let byte = at + 1; byte < at + size; byte += 1) value = value * 256 + (bytes[byte] ?? 0);
  if (first === 0xff || !Number.isSafeInteger(value)) throw new Error('a size cannot be read');
  return value;
}
