// Every guard against its corpora: no attack passes, nothing harmless is refused. And the corpora against weakened guards: they notice.
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CodeError } from '../../src/base/errors.ts';
import { openBeneath } from '../../src/platform/guard/beneath.ts';
import { isPublic, listOf, notPublic } from '../../src/platform/guard/network/address.ts';
import { outboundTo } from '../../src/platform/guard/network/outbound.ts';
import { isPrivateName } from '../../src/platform/guard/network/target.ts';
import { isWithin } from '../../src/platform/guard/path.ts';
import { readCorpus, spelled } from '../../tools/security/corpus.ts';
import type { Judge } from '../../tools/security/judges.ts';
import type { Open } from '../../tools/security/path.ts';
import { openGround } from '../../tools/security/path.ts';
import type { NetworkGuard } from '../../tools/security/ssrf.ts';
import { networkGuard, ssrf } from '../../tools/security/ssrf.ts';
import { guards, tryGuard } from '../../tools/security/trial.ts';

const texts = (lines: readonly { readonly text: string }[]) => lines.map(({ text }) => text);

describe('the guard', () => {
  it.each(guards)('%s lets no attack of its corpus pass and refuses nothing harmless', async (guard) => {
    const { passed, falseAlarms } = await tryGuard(guard);
    expect({ passed: texts(passed), falseAlarms: texts(falseAlarms) }).toEqual({ passed: [], falseAlarms: [] });
  });

  it.each(guards)('%s is tried on at least 200 attacks and 200 harmless neighbours, each once', (guard) => {
    for (const side of ['attack', 'benign'] as const) {
      const lines = texts(readCorpus(guard, side));
      expect(lines.length).toBeGreaterThanOrEqual(200);
      expect(new Set(lines).size).toBe(lines.length);
    }
    const attacks = new Set(texts(readCorpus(guard, 'attack')));
    expect(texts(readCorpus(guard, 'benign')).filter((line) => attacks.has(line))).toEqual([]);
  });
});

const nobody: Judge = () => undefined;
const passing = async (guard: string, attack: Judge) => (await tryGuard(guard, { attack, benign: nobody })).passed.length;

describe('the corpus of addresses notices a guard', () => {
  const withStranger = (permitsStranger: (host: string, address: string) => boolean): NetworkGuard => ({
    ...networkGuard,
    outboundTo: (rules) => ({ ...outboundTo(rules), permitsStranger }),
  });

  it.each(notPublic.map((network) => [network[0], network[2], network] as const))('that forgets %s (%s)', async (_, __, network) => {
    const others = listOf(notPublic.filter((one) => one !== network));
    const weak = withStranger((host, address) => isPublic(address, others) && !isPrivateName(host));
    expect(await passing('ssrf', ssrf(weak))).toBeGreaterThan(0);
  });

  const weakened: readonly (readonly [string, NetworkGuard])[] = [
    ['that believes names', withStranger((host) => !isPrivateName(host))],
    [
      'that follows every redirect',
      { ...networkGuard, nextHop: ({ url }, location) => ({ url: new URL(location, url.href), registered: true }) },
    ],
    [
      'that reads addresses as a browser does',
      { ...networkGuard, strangerTarget: (text) => ({ kind: 'target', url: new URL(text), host: new URL(text).hostname }) },
    ],
    ['that takes a manifest for an operator', { ...networkGuard, outboundTo: (rules) => ({ ...outboundTo(rules), permits: () => true }) }],
  ];
  it.each(weakened)('%s', async (_, guard) => {
    const lenient: Judge = (value) => {
      try {
        return ssrf(guard)(value);
      } catch {
        return 'no address';
      }
    };
    expect(await passing('ssrf', lenient)).toBeGreaterThan(0);
  });
});

describe('the corpus of paths notices a guard', () => {
  const ground = openGround();
  afterAll(() => ground.close());
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const denied = () => new CodeError('denied', 'outside');
  /** Passed is only what is really outside, and was read. */
  const shows =
    (weak: Open): Judge =>
    async (value) => {
      try {
        const file = await weak(ground.root, String(spelled(value)).replace('{root}', ground.root));
        const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0).finally(() => file.close());
        return /^(?:sub\/|root-evil\/)?secret$/.test(buffer.toString('utf8', 0, bytesRead)) ? undefined : 'nothing secret';
      } catch {
        return 'refused';
      }
    };
  const weakened: readonly (readonly [string, Open])[] = [
    [
      'that compares beginnings (/root-evil)',
      (root, path) => {
        if (!resolve(root, path).startsWith(root)) throw denied();
        return open(resolve(root, path), flags | constants.O_NOFOLLOW);
      },
    ],
    [
      'that judges the text and follows links',
      (root, path) => {
        if (!isWithin(root, resolve(root, path))) throw denied();
        return open(resolve(root, path), flags);
      },
    ],
    [
      'that follows links on the way, but not at the end',
      (root, path) => {
        if (!isWithin(root, resolve(root, path))) throw denied();
        return open(resolve(root, path), flags | constants.O_NOFOLLOW);
      },
    ],
    [
      'that resolves links and compares beginnings',
      async (root, path) => {
        const real = await realpath(resolve(root, path));
        if (!real.startsWith(await realpath(root))) throw denied();
        return open(real, flags);
      },
    ],
  ];
  it.each(weakened)('%s', async (_, weak) => {
    expect(await passing('path', shows(weak))).toBeGreaterThan(0);
    expect(await passing('path', shows(openBeneath))).toBe(0);
  });
});
