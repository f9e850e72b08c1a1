// Which bytes may stand where in an HTTP/1.1 head (RFC 9110 §5.5–5.6, RFC 9112), as tables indexed by byte.

const tokenText = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

function table(accepts: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (accepts(byte) ? 1 : 0));
}

/** Characters of a token: method names, field names. */
export const tokenBytes = table((byte) => byte < 0x80 && tokenText.includes(String.fromCharCode(byte)));
/** Field values: visible, blank, tab and obs-text; no CR, LF, NUL or other control. */
export const valueBytes = table((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));
/** Request targets: visible ASCII without the fragment sign. */
export const targetBytes = table((byte) => byte > 0x20 && byte < 0x7f && byte !== 0x23);
/** Value of a hexadecimal digit, 255 for anything else. */
export const hexValues = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
  return value === -1 ? 255 : value;
});

export const CR = 0x0d;
export const LF = 0x0a;
export const SPACE = 0x20;
export const TAB = 0x09;
export const COLON = 0x3a;

/** True when every byte of [from, to) is marked in the table. */
export function all(marks: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (marks[bytes[at] ?? 0] !== 1) return false;
  return true;
}
