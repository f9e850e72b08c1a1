// What an instance said, from both of its output files in rough order, and what it goes on saying until it is gone.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isAlive } from '../../../../platform/process/identity.ts';
import { modifiedAt } from '../../../../platform/process/read-at.ts';
import type { LogLine, LogOptions } from '../../../../ports/instances.ts';
import type { InstanceRecord } from '../../../../ports/store.ts';
import { handleOf } from '../handle.ts';
import type { InstancePlaces } from '../places.ts';
import { placesOf } from '../places.ts';
import type { Site } from '../site.ts';
import { LogReader } from './reader.ts';

const lookMs = 100;

type Stream = LogLine['stream'];

interface Source {
  readonly stream: Stream;
  readonly path: string;
  readonly reader: LogReader;
}

/**
 * Files carry no times: what is there already comes stream by stream, the one that was written to last at the end; what is written while
 * somebody follows comes as it is written. Ends when the instance is gone and everything was read; rejects with the signal's reason.
 */
export async function* logsOf(site: Site, record: InstanceRecord, options: LogOptions, signal: AbortSignal): AsyncGenerator<LogLine> {
  const leader = handleOf(record)?.leader;
  const sources = open(placesOf(site.places, record.id));
  const line = (stream: Stream) => (text: string) => ({ instance: record.id, stream, text });
  if (options.tail !== undefined) yield* lastLines(sources, options.tail).map(({ stream, text }) => line(stream)(text));
  for (;;) {
    signal.throwIfAborted();
    // Asked before reading: what it wrote before its end is then read in this round.
    const last = !options.follow || leader === undefined || !isAlive(leader);
    for (const { stream, reader } of sources) {
      for (let more = true; more; ) {
        const next = reader.read();
        more = next.more;
        yield* next.lines.map(line(stream));
        if (more) await nextTurn();
        signal.throwIfAborted();
      }
    }
    if (last) break;
    await site.clock.sleep(lookMs, signal);
  }
  for (const { stream, reader } of sources) yield* reader.end().map(line(stream));
}

/** The last `count` of both together; the stream that was written to last gets what the other leaves, and half at least. */
function lastLines(
  [older, newer]: readonly [Source, Source],
  count: number,
): readonly { readonly stream: Stream; readonly text: string }[] {
  const [before, after] = [older, newer].map(({ stream, reader }) => tailOf(reader, count).map((text) => ({ stream, text })));
  const late = (after ?? []).slice(-Math.max(Math.ceil(count / 2), count - (before?.length ?? 0)));
  const early = late.length < count ? (before ?? []).slice(-(count - late.length)) : [];
  return count === 0 ? [] : [...early, ...late];
}

function tailOf(reader: LogReader, count: number): readonly string[] {
  reader.seekTail(count);
  const lines: string[] = [];
  for (let next = reader.read(); next.more; next = reader.read()) lines.push(...next.lines);
  return lines;
}

/** The one that was written to last comes last. */
function open(places: InstancePlaces): readonly [Source, Source] {
  const out: Source = { stream: 'out', path: places.out, reader: new LogReader(places.out) };
  const err: Source = { stream: 'err', path: places.err, reader: new LogReader(places.err) };
  return modifiedAt(places.out) > modifiedAt(places.err) ? [err, out] : [out, err];
}
