// The head of an HTTP/1.1 answer as a generator of load reads it: just enough to know where the answer ends, and names when asked.

export interface AnswerHead {
  readonly status: number;
  /** Of the body; -1: until the connection ends, -2: in chunks. */
  readonly length: number;
  /** The connection may be used again. */
  readonly stays: boolean;
  readonly text: string;
}

export const untilEnd = -1;
export const inChunks = -2;

/** `text`: without the empty line. Undefined: this is no answer. */
export function readHead(text: string, bodiless: boolean): AnswerHead | undefined {
  const start = /^HTTP\/1\.([01]) (\d{3})(?:[ \r]|$)/.exec(text);
  if (!start) return undefined;
  const status = Number(start[2]);
  const connection = fieldOf(text, 'connection')?.toLowerCase();
  const stays = start[1] === '1' ? connection !== 'close' : connection === 'keep-alive';
  return { status, length: lengthOf(text, status, bodiless), stays, text };
}

function lengthOf(text: string, status: number, bodiless: boolean): number {
  if (bodiless || status < 200 || status === 204 || status === 304) return 0;
  if (/(?:^|,)\s*chunked$/i.test(fieldOf(text, 'transfer-encoding') ?? '')) return inChunks;
  const length = fieldOf(text, 'content-length');
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : untilEnd;
}

/** The first field of that name, which is in lower case and of letters and hyphens. */
export function fieldOf(text: string, name: string): string | undefined {
  const lower = text.toLowerCase();
  const at = lower.indexOf(`\n${name}:`);
  if (at === -1) return undefined;
  const begin = at + name.length + 2;
  const end = text.indexOf('\r', begin);
  return text.slice(begin, end === -1 ? undefined : end).trim();
}

/** The last one: what the server nearest to us wrote, whatever those behind it did. */
export function lastFieldOf(text: string, name: string): string | undefined {
  const at = text.toLowerCase().lastIndexOf(`\n${name}:`);
  return at === -1 ? undefined : fieldOf(text.slice(at), name);
}
