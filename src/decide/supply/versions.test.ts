// Orders of versions, as the documents of each ecosystem give them.
import { describe, expect, it } from 'vitest';
import { orderOf } from './versions.ts';

/** Each older than the next; `=` before one that is equal to the one before. */
const rows: Readonly<Record<string, readonly string[]>> = {
  npm: ['0.9.0', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0', '1.0.1', '1.10.0', '2.0.0'],
  Go: ['0.0.0-20200101000000-abcdefabcdef', '1.2.3', '=1.2.3+incompatible', '1.10.0'],
  'crates.io': ['0.1.9', '0.1.10', '0.2.0-alpha.1', '0.2.0'],
  PyPI: ['1.0.dev1', '1.0a1', '1.0b2', '1.0rc1', '1.0', '=1.0.0', '1.0.post1', '1.1', '1.10', '1!0.1'],
  Debian: [
    '0~rc1',
    '0',
    '1.0~beta1~svc',
    '1.0~beta1',
    '1.0~beta1+x',
    '1.0',
    '=1.0-0',
    '1.0-1~bpo1',
    '1.0-1',
    '1.0-1+b1',
    '1.0-1+deb12u1',
    '1.0-1+deb12u2',
    '1.0-1.1',
    '1.0-2',
    '1.0-10',
    '1.0a-1',
    '1.0+dfsg-1',
    '1.1',
    '1.09',
    '1.10',
    '1:0.1',
    '10:0',
  ],
};

describe.each(Object.entries(rows))('the order of %s', (ecosystem, row) => {
  const order = orderOf(ecosystem);
  it.each(row.slice(1).map((text, at) => [row[at]?.replace('=', '') ?? '', text] as const))('has %s before %s', (older, text) => {
    const newer = text.replace('=', '');
    expect([older, newer].every((one) => order?.reads(one))).toBe(true);
    const [forward, back] = [Math.sign(order?.compare(older, newer) ?? Number.NaN), Math.sign(order?.compare(newer, older) ?? Number.NaN)];
    expect([forward, back + 0]).toEqual(text.startsWith('=') ? [0, 0] : [-1, 1]);
  });
});

describe('what has no order here', () => {
  it.each(['Alpine:v3.20', 'RubyGems', 'Maven', 'toString'])('%s', (ecosystem) => {
    expect(orderOf(ecosystem)).toBeUndefined();
  });

  it.each([
    ['npm', 'latest'],
    ['npm', '1.2'],
    ['PyPI', 'one'],
    ['Debian', 'v1 2'],
  ])('%s does not read %s', (ecosystem, version) => {
    expect(orderOf(ecosystem)?.reads(version)).toBe(false);
  });
});
