// Request smuggling needs two parsers that disagree. Ours may refuse more than node:http, never read anything else.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pieces, streams } from '../../tools/fuzz/http-words.ts';
import { difference, Oracle, readOurs } from './differential.ts';
import { anUpstream, at, inFrontOf, sendRaw, until } from './kit.ts';
import { smugglingCorpus } from './smuggling.ts';

const oracle = new Oracle();
beforeAll(() => oracle.open());
afterAll(() => oracle.close());

async function compare(bytes: Buffer): Promise<void> {
  const ours = readOurs(bytes);
  const theirs = await oracle.read(bytes);
  const found = difference(ours, theirs);
  if (found !== undefined) throw new Error(`${found}\n bytes: ${JSON.stringify(bytes.toString('latin1'))}`);
}

const seeds = [...streams, 'POST / HTTP/1.1\r\nHost: [::1]\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok'];

const anyEdit = fc.record({
  where: fc.nat(9_999).map((part) => part / 10_000),
  how: fc.constantFrom('insert', 'insert', 'replace', 'delete', 'double', 'after-line'),
  piece: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...pieces) },
    { weight: 1, arbitrary: fc.nat(255).map((byte) => String.fromCharCode(byte)) },
  ),
});

function edited(text: string, { where, how, piece }: { readonly where: number; readonly how: string; readonly piece: string }): string {
  const position = Math.floor(where * text.length);
  const [before, after] = [text.slice(0, position), text.slice(position)];
  switch (how) {
    case 'insert':
      return before + piece + after;
    case 'replace':
      return before + piece + after.slice(piece.length);
    case 'delete':
      return before + after.slice(1);
    case 'double': {
      const line = /[^\n]*\n/.exec(after)?.[0] ?? '';
      return before + line + after;
    }
    default: {
      const end = text.indexOf('\r\n', position);
      return end === -1 ? text + piece : text.slice(0, end + 2) + piece + text.slice(end + 2);
    }
  }
}

const anyStream = fc
  .tuple(fc.array(fc.constantFrom(...seeds), { minLength: 1, maxLength: 3 }), fc.array(anyEdit, { minLength: 0, maxLength: 3 }))
  .map(([parts, edits]) => edits.reduce(edited, parts.join('')));

test('the seeds themselves are accepted by both, so that the comparison compares something', async () => {
  for (const seed of seeds) {
    const { requests, fault } = readOurs(Buffer.from(seed, 'latin1'));
    expect([fault, requests.length, requests[0]?.complete]).toEqual([undefined, 1, true]);
    await compare(Buffer.from(seed, 'latin1'));
  }
});

test('property: whatever our parser accepts, node:http reads the same', async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(anyStream, async (text) => {
      const bytes = Buffer.from(text, 'latin1');
      accepted += readOurs(bytes).requests.length;
      await compare(bytes);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 10_000) },
  );
  expect(accepted).toBeGreaterThan(1_000);
});

describe('known attacks', () => {
  test.each(smugglingCorpus)('%s', async (_, bytes) => {
    await compare(Buffer.from(bytes, 'latin1'));
    const upstream = await anUpstream();
    const { port } = await inFrontOf([at(upstream.port)]);
    const text = await sendRaw(port, bytes);
    expect(text).toMatch(/^HTTP\/1\.1 (?:4|5)\d\d /);
    await until(
      'no open connection',
      () => upstream.connections.size,
      () => true,
    );
    expect(upstream.seen.filter((line) => line.includes('smuggled'))).toEqual([]);
  });
});
