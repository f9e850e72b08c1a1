// Archives of images: whoever ships one wrote every byte of it. It is read or refused with a reason, at a bounded cost, and nothing in it lies outside of it.
import { gzipSync } from 'node:zlib';
import { CodeError } from '../../src/base/errors.ts';
import type { Random } from '../../src/base/random.ts';
import { layersOf } from '../../src/engine/supply/image/export.ts';
import type { Layer } from '../../src/engine/supply/image/layer.ts';
import type { Piece } from '../../test/supply/tar.ts';
import { inPieces, pax, saved, summed, tar } from '../../test/supply/tar.ts';
import { affordable } from './manifest.ts';
import { mutated } from './mutate.ts';
import type { Target } from './target.ts';

const limits = { entries: 2_000, bytes: 2 ** 22, kept: 2 ** 20 };
const block = 512;

const paths = [
  'lib/apk/db/installed',
  'a/../../etc/passwd',
  '/abs',
  './.',
  '..',
  'a//b/',
  '.wh.a',
  '.wh..wh..opq',
  '.wh.',
  'a\0b',
  'é'.repeat(60),
  '',
];
const sizes = ['0', '7777777777777', '-1', '00000001000\0', '\u0080\0\0\0\0\0\0\0\0\0\u0002\0', '\u00ff'.repeat(12), '99999999999\0'];
const words = [
  ...paths,
  ...sizes,
  'ustar\u000000',
  'ustar  \0',
  'GNU.sparse.map=1',
  '25 size=99999999999999\n',
  '\0'.repeat(block),
  'manifest.json',
  '\u001f\u008b\b',
];

export function archives(): Target {
  const draw = (random: Random): string => mutated(anArchive(random).toString('latin1'), random, words, 3);
  return { name: 'archive', draw, attempt: attempted, close: async () => undefined };
}

function anArchive(random: Random): Buffer {
  const layers = Array.from({ length: 1 + random.below(3) }, () => {
    const layer = tar(...Array.from({ length: random.below(6) }, () => aPiece(random)));
    return random.chance(0.3) ? gzipSync(layer) : layer;
  });
  return saved(layers);
}

function aPiece(random: Random): Piece {
  if (random.chance(0.2)) return pax({ [random.pick(['path', 'linkpath', 'size', 'GNU.sparse.map', 'comment'])]: random.pick(words) });
  return {
    path: random.pick(paths),
    type: random.pick(['0', '0', '0', '1', '2', '3', '5', '7', 'L', 'K', 'S', 'g', 'x', '\0']),
    target: random.pick(paths),
    content: random.pick(words).repeat(random.below(20)),
    ...(random.chance(0.2) && { rawSize: Buffer.from(random.pick(sizes), 'latin1') }),
    ...(random.chance(0.2) && { prefix: random.pick(paths) }),
  };
}

async function attempted(input: string): Promise<string | undefined> {
  const bytes = addedUp(Buffer.from(input, 'latin1'));
  const before = process.cpuUsage();
  const problem = await problemOf(bytes);
  const { user, system } = process.cpuUsage(before);
  const took = (user + system) / 1_000;
  return problem ?? (took > affordable ? `reading it took ${Math.round(took)} ms of CPU time` : undefined);
}

/** Damage alone ends at the sum of a header; who means it adds up again. */
function addedUp(bytes: Buffer): Buffer {
  for (let at = 0; at + block <= bytes.length; at += block)
    if (bytes.toString('latin1', at + 257, at + 262) === 'ustar') summed(bytes.subarray(at, at + block));
  return bytes;
}

async function problemOf(bytes: Buffer): Promise<string | undefined> {
  try {
    const layers = await layersOf(inPieces(bytes, 700), () => true, new AbortController().signal, limits);
    return layers.map(problemIn).find((one) => one !== undefined);
  } catch (thrown) {
    // A reason is an error of no special kind; all others are defects.
    if (thrown instanceof CodeError || (thrown instanceof Error && thrown.constructor === Error)) return undefined;
    throw thrown;
  }
}

function problemIn({ files, directories, gone, opaque }: Layer): string | undefined {
  const kept = [...files.values()].reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
  if (kept > limits.kept) return `it keeps ${kept} bytes`;
  const outside = [...files.keys(), ...directories, ...gone, ...opaque].find(
    (path) => path.startsWith('/') || path.split('/').includes('..'),
  );
  return outside === undefined ? undefined : `${JSON.stringify(outside)} lies outside of it`;
}
