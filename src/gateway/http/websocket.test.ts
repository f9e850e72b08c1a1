// The borders of WebSocket frames are found however the stream is cut.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameBorders } from './websocket.ts';

function frame(size: number, masked: boolean): Buffer {
  const mask = masked ? Buffer.from([1, 2, 3, 4]) : Buffer.alloc(0);
  const bit = masked ? 0x80 : 0;
  const payload = Buffer.alloc(size, 0x88);
  if (size < 126) return Buffer.concat([Buffer.from([0x82, bit | size]), mask, payload]);
  const long = size > 0xffff;
  const length = Buffer.alloc(long ? 8 : 2);
  if (long) length.writeBigUInt64BE(BigInt(size));
  else length.writeUInt16BE(size);
  return Buffer.concat([Buffer.from([0x82, bit | (long ? 127 : 126)]), length, mask, payload]);
}

test('property: the border after each frame is seen, and no other', () => {
  const sizes = fc.array(fc.oneof(fc.nat(200), fc.constantFrom(125, 126, 127, 65_535, 65_536)), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(sizes, fc.boolean(), fc.integer({ min: 1, max: 70_000 }), (sizes, masked, step) => {
      const frames = sizes.map((size) => frame(size, masked));
      const stream = Buffer.concat(frames);
      const borders = new FrameBorders();
      const ends = new Set<number>();
      let sum = 0;
      for (const { length } of frames) ends.add((sum += length));
      for (let at = 0; at < stream.length; at += step) {
        borders.feed(stream.subarray(at, at + step), false);
        expect(borders.atBorder).toBe(ends.has(Math.min(stream.length, at + step)));
      }
    }),
    { numRuns: 100 },
  );
});

test('stops at the first border when asked to', () => {
  const borders = new FrameBorders();
  const [first, second] = [frame(5, false), frame(3, false)];
  expect(borders.feed(first.subarray(0, 4), false)).toBe(4);
  expect(borders.feed(Buffer.concat([first.subarray(4), second]), true)).toBe(first.length - 4);
  expect(borders.atBorder).toBe(true);
});
