// Takes apart what the Engine sends of a container's two outputs: frames of a kind, a length and bytes; and cuts them into lines.
import type { LogLine } from '../../../../ports/instances.ts';

export interface Frame {
  readonly stream: LogLine['stream'];
  readonly bytes: Uint8Array;
}

const headBytes = 8;
/** A longer line comes in pieces: memory is bounded, whatever a program writes. */
const longestLine = 64 * 1024;

/** Frames: 1 byte stream (1 out, 2 err), 3 bytes nothing, 4 bytes length (big-endian), then the bytes. */
export async function* framesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    while (rest.length >= headBytes) {
      const length = rest.readUInt32BE(4);
      if (rest.length < headBytes + length) break;
      yield { stream: rest[0] === 2 ? 'err' : 'out', bytes: rest.subarray(headBytes, headBytes + length) };
      rest = rest.subarray(headBytes + length);
    }
  }
}

export type Line = Omit<LogLine, 'instance'>;

/** Lines of both streams in the order in which they were ended; what has no line feed at the end comes last. */
export async function* linesIn(frames: AsyncIterable<Frame>): AsyncGenerator<Line> {
  const open = { out: new OpenLine(), err: new OpenLine() };
  for await (const { stream, bytes } of frames) for (const text of open[stream].add(bytes)) yield { stream, text };
  for (const stream of ['out', 'err'] as const) {
    const text = open[stream].end();
    if (text !== undefined) yield { stream, text };
  }
}

/** The part of a line that is there already. */
class OpenLine {
  readonly #decoder = new TextDecoder();
  #rest = '';

  add(bytes: Uint8Array): readonly string[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    const whole = lines.map((line) => line.replace(/\r$/, ''));
    if (this.#rest.length <= longestLine) return whole;
    const long = this.#rest;
    this.#rest = '';
    return [...whole, long];
  }

  end(): string | undefined {
    const text = this.#rest + this.#decoder.decode();
    return text === '' ? undefined : text;
  }
}
