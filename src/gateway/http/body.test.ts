// Bodies are cut at the same place however the bytes arrive, and malformed chunks are refused.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkedBody, CountedBody } from './body.ts';

interface Read {
  readonly content: string;
  readonly passed: string;
  readonly rest: string;
  readonly done: boolean;
}

/** Feeds the text in pieces of the given sizes (the last for all that remains). */
function read(text: string, sizes: readonly number[]): Read {
  const body = new ChunkedBody();
  const content: Buffer[] = [];
  let [passed, at, rest] = ['', 0, ''];
  for (let turn = 0; at < text.length && !body.done; turn++) {
    const size = sizes[turn] ?? text.length;
    const piece = Buffer.from(text.slice(at, at + size), 'latin1');
    const end = body.feed(piece, 0, content);
    passed += piece.toString('latin1', 0, body.passUntil);
    if (body.done && body.needsEnd) passed += '\r\n';
    rest = body.done ? text.slice(at + end) : '';
    at += size;
  }
  return { content: Buffer.concat(content).toString('latin1'), passed, rest, done: body.done };
}

const anyChunks = fc.array(
  fc.record({ text: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }), extension: fc.constantFrom('', ';a', ';a=b;c=d') }),
  {
    maxLength: 6,
  },
);

test('property: chunks pass unchanged, trailers do not, and what follows is left over – however the bytes are cut', () => {
  fc.assert(
    fc.property(
      anyChunks,
      fc.constantFrom('', 'X-A: b\r\n', 'X-A: b\r\nX-C: d\r\n'),
      fc.array(fc.integer({ min: 1, max: 9 })),
      (chunks, trailers, sizes) => {
        const framed = `${chunks.map(({ text, extension }) => `${text.length.toString(16)}${extension}\r\n${text}\r\n`).join('')}0\r\n`;
        const result = read(`${framed}${trailers}\r\nGET /next`, sizes);
        expect(result).toMatchObject({ content: chunks.map(({ text }) => text).join(''), passed: `${framed}\r\n`, done: true });
        expect('GET /next'.startsWith(result.rest)).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  ['no size', '\r\n'],
  ['a size that is not hexadecimal', 'g\r\n'],
  ['a signed size', '-1\r\n'],
  ['a prefixed size', '0x5\r\nhello\r\n'],
  ['a blank before the size', ' 5\r\nhello\r\n'],
  ['a blank after the size', '5 \r\nhello\r\n'],
  ['a bare LF after the size', '5\nhello\r\n'],
  ['a size beyond counting', 'fffffffffffffff\r\n'],
  ['a chunk that is longer than its size', '3\r\nhello\r\n'],
  ['a bare LF after the content', '5\r\nhello\n0\r\n\r\n'],
  ['an empty extension', '5;\r\nhello\r\n'],
  ['a quoted extension', '5;a="b"\r\nhello\r\n'],
  ['a control in an extension', '5;a\x01\r\nhello\r\n'],
  ['a bare CR in an extension', '5;a\rb\r\nhello\r\n'],
  ['too many extensions', `5;${'a'.repeat(5000)}\r\nhello\r\n`],
  ['a length in the trailers', '0\r\nContent-Length: 5\r\n\r\n'],
  ['a trailer without a name', '0\r\n: a\r\n\r\n'],
  ['a bare LF in the trailers', '0\r\nA: b\n\r\n'],
  ['trailers without end', `0\r\nA: ${'b'.repeat(9000)}`],
])('refuses %s', (_, text) => {
  expect(() => read(text, [])).toThrow();
  expect(() =>
    read(
      text,
      Array.from(text, () => 1),
    ),
  ).toThrow();
});

test('a counted body ends after its bytes', () => {
  const body = new CountedBody(5);
  expect(body.feed(Buffer.from('hel'), 0)).toBe(3);
  expect(body.done).toBe(false);
  expect(body.feed(Buffer.from('loGET'), 0)).toBe(2);
  expect(body.done).toBe(true);
});
