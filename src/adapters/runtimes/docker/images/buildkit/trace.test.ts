// Lines of a build from BuildKit's messages, whole, cut off and damaged.
import { expect, it } from 'vitest';
import { Trace } from './trace.ts';

const field = (number: number, content: string | Buffer): Buffer => {
  const bytes = Buffer.from(content);
  const size: number[] = [];
  for (let left = bytes.length; ; left >>= 7) {
    size.push(left < 128 ? left : (left & 127) | 128);
    if (left < 128) break;
  }
  return Buffer.concat([Buffer.from([number * 8 + 2, ...size]), bytes]);
};
const number = (which: number, value: number): Buffer => Buffer.from([which * 8, value]);
const step = (digest: string, name: string, ...more: readonly Buffer[]): Buffer =>
  field(1, Buffer.concat([field(1, digest), field(3, name), ...more]));
const began = field(5, number(1, 7));
const said = (...parts: readonly Buffer[]): string => Buffer.concat(parts).toString('base64');

it('tells each step once, when it begins, what it prints, and what ended it', () => {
  const trace = new Trace();
  expect(trace.linesOf(said(step('sha256:a', '[1/2] FROM base')))).toEqual([]);
  expect(trace.linesOf(said(step('sha256:a', '[1/2] FROM base', began), step('sha256:b', '[2/2] RUN make', began)))).toEqual([
    '[1/2] FROM base',
    '[2/2] RUN make',
  ]);
  const log = field(3, Buffer.concat([field(1, 'sha256:b'), number(3, 1), field(4, `one\n\n${'x'.repeat(300)}\n`)]));
  expect(trace.linesOf(said(step('sha256:a', '[1/2] FROM base', began), log))).toEqual(['one', 'x'.repeat(300)]);
  expect(trace.linesOf(said(step('sha256:b', '[2/2] RUN make', began, field(7, 'exit code: 2'))))).toEqual([
    '[2/2] RUN make: exit code: 2',
  ]);
});

it('reads what can be read of one that is cut off, and nothing of what is none', () => {
  const whole = Buffer.concat([step('sha256:a', 'one', began), step('sha256:b', 'two', began)]);
  for (let length = 0; length <= whole.length; length += 1)
    expect(['', 'one', 'one,two']).toContain(new Trace().linesOf(whole.subarray(0, length).toString('base64')).join());
  for (const odd of ['', '!!', Buffer.alloc(100, 0xff).toString('base64'), Buffer.from([3, 1]).toString('base64')])
    expect(new Trace().linesOf(odd)).toEqual([]);
});
