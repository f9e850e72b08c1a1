// What BuildKit tells of a build, as lines: `moby.buildkit.v1.StatusResponse` of https://github.com/moby/buildkit/blob/master/api/services/control/control.proto.
import { fieldsOf } from './wire.ts';

/** Under which id the Engine sends it. */
export const traceId = 'moby.buildkit.trace';

const response = { vertexes: 1, logs: 3 };
const vertex = { digest: 1, name: 3, started: 5, error: 7 };
const log = { message: 4 };

/** Of one build: each step is told once, when it begins. */
export class Trace {
  readonly #begun = new Set<string>();

  /** `text`: base64. */
  linesOf(text: string): readonly string[] {
    const lines: string[] = [];
    for (const { number, bytes } of fieldsOf(Buffer.from(text, 'base64'))) {
      if (bytes === undefined) continue;
      if (number === response.vertexes) lines.push(...this.#step(bytes));
      if (number === response.logs) lines.push(...textOf(bytes, log.message).split('\n'));
    }
    return lines.filter((line) => line.trim() !== '');
  }

  #step(bytes: Uint8Array): readonly string[] {
    const [digest, name, error] = [textOf(bytes, vertex.digest), textOf(bytes, vertex.name), textOf(bytes, vertex.error)];
    const begins = [...fieldsOf(bytes)].some(({ number }) => number === vertex.started) && !this.#begun.has(digest);
    if (begins) this.#begun.add(digest);
    return [...(begins ? [name] : []), ...(error === '' ? [] : [`${name}: ${error}`])];
  }
}

function textOf(message: Uint8Array, wanted: number): string {
  for (const { number, bytes } of fieldsOf(message)) if (number === wanted && bytes) return Buffer.from(bytes).toString('utf8');
  return '';
}
