// Sends a sequence as server-sent events or as JSON lines: at the reader's pace, with signs of life while nothing happens.
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { asCodeError } from '../../base/errors.ts';
import type { Duration } from '../../base/units.ts';
import { problemOf } from './problem.ts';

export type StreamFormat = 'events' | 'lines';

export const streamTypes: Readonly<Record<StreamFormat, string>> = {
  events: 'text/event-stream',
  lines: 'application/x-ndjson',
};

const streamHeaders = { 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' };
const signsOfLife: Readonly<Record<StreamFormat, string>> = { events: ': still here\n\n', lines: '\n' };

/**
 * How long the first item may take before the head is sent without it. A refusal that is known by then still gets its own status;
 * a later one is told in the stream.
 */
const headWait: Duration = 200;

export interface Sending {
  readonly items: AsyncIterable<unknown>;
  readonly format: StreamFormat;
  readonly heartbeat: Duration;
  /** Aborted when the reader has left or the server ends; the sequence must end by it. */
  readonly signal: AbortSignal;
}

/** Throws what the sequence throws before the head was sent; afterwards returns the failure, which the reader was told. */
export async function sendStream(response: ServerResponse, { items, format, heartbeat, signal }: Sending): Promise<unknown> {
  const iterator = items[Symbol.asyncIterator]();
  const first = iterator.next();
  await settledOrLate(first);
  // The connection ends with the stream: when the server closes there is no idle one to wait for.
  response.writeHead(200, { 'content-type': streamTypes[format], ...streamHeaders });
  response.flushHeaders();
  let failure: unknown;
  const frames = async function* () {
    try {
      for (let next = await first; !next.done; next = await iterator.next()) yield frame(next.value, format);
    } catch (thrown) {
      if (signal.aborted) return;
      failure = thrown;
      yield failureFrame(thrown, format);
    } finally {
      await iterator.return?.();
    }
  };
  // Frames are written whole, so a sign of life never lands inside one; a reader that is behind knows already that we live.
  const beat = setInterval(() => response.writableLength === 0 && response.write(signsOfLife[format]), heartbeat);
  try {
    await pipeline(Readable.from(frames(), { highWaterMark: 1 }), response);
  } catch (thrown) {
    if (!signal.aborted) failure = thrown;
  } finally {
    clearInterval(beat);
  }
  return failure;
}

async function settledOrLate(first: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, headWait);
  try {
    await Promise.race([first, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function frame(item: unknown, format: StreamFormat): string {
  if (format === 'lines') return `${JSON.stringify(item)}\n`;
  const id = typeof item === 'object' && item !== null && 'sequence' in item ? `id: ${String(item.sequence)}\n` : '';
  return `${id}data: ${JSON.stringify(item)}\n\n`;
}

function failureFrame(thrown: unknown, format: StreamFormat): string {
  const problem = JSON.stringify(problemOf(asCodeError(thrown)));
  return format === 'events' ? `event: problem\ndata: ${problem}\n\n` : `{"problem":${problem}}\n`;
}
