// The guard of outgoing calls, asked about an address as `call` asks it: the text, then each address that its name leads to. Nothing is connected to.
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { checkedLookup } from '../../src/platform/guard/network/lookup.ts';
import type { Outbound } from '../../src/platform/guard/network/outbound.ts';
import { outboundTo } from '../../src/platform/guard/network/outbound.ts';
import type { Hop } from '../../src/platform/guard/network/redirect.ts';
import { nextHop } from '../../src/platform/guard/network/redirect.ts';
import type { Target } from '../../src/platform/guard/network/target.ts';
import { strangerTarget } from '../../src/platform/guard/network/target.ts';
import { listOf } from './corpus.ts';
import type { Judge } from './judges.ts';

/** What is asked; another set of rules shows what the corpus notices. */
export interface NetworkGuard {
  readonly outboundTo: (rules: readonly string[]) => Outbound;
  readonly strangerTarget: (text: string) => Target;
  readonly nextHop: (from: Hop, location: string) => Hop;
}

export const networkGuard: NetworkGuard = { outboundTo, strangerTarget, nextHop };

/** Where a corpus says nothing else a name leads here. */
const somewhere = '93.184.215.14';

export const ssrf =
  (guard: NetworkGuard = networkGuard): Judge =>
  (value) => {
    const [kind = '', ...texts] = listOf(value).map(String);
    try {
      const { hop, rules, addresses } = asked(guard, kind, texts);
      return permitted(guard.outboundTo(rules), hop, addresses);
    } catch (thrown) {
      if (thrown instanceof Error && thrown.constructor === Error) return thrown.message;
      throw thrown;
    }
  };

interface Asked {
  readonly hop: Hop;
  readonly rules: readonly string[];
  readonly addresses: readonly string[];
}

function asked(guard: NetworkGuard, kind: string, [first = '', second = '', ...rest]: readonly string[]): Asked {
  const after = second === '' ? rest : [second, ...rest];
  switch (kind) {
    case 'stranger': {
      const target = guard.strangerTarget(first);
      if (target.kind === 'refused') throw new Error(target.because);
      return { hop: { url: target.url, registered: false }, rules: [], addresses: after };
    }
    case 'redirect':
      return { hop: guard.nextHop({ url: new URL(first), registered: true }, second), rules: [], addresses: rest };
    case 'manifest':
      return { hop: { url: new URL(first), registered: true }, rules: [], addresses: after };
    case 'listed':
      return { hop: { url: new URL(second), registered: true }, rules: first.split(','), addresses: rest };
    default:
      throw new TypeError(`${kind} is no kind of line: expected stranger, redirect, manifest or listed`);
  }
}

function permitted(outbound: Outbound, { url, registered }: Hop, addresses: readonly string[]): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const permits = registered ? outbound.permits : outbound.permitsStranger;
  if (isIP(host) !== 0) return permits(host, host) ? undefined : 'its address';
  const found = (addresses.length === 0 ? [somewhere] : addresses).map((address): LookupAddress => ({ address, family: isIP(address) }));
  let because: string | undefined;
  const lookup = checkedLookup({ permits, strict: !registered }, (_, __, callback) => callback(null, found));
  lookup(host, { all: true }, (error) => (because = error?.message));
  return because;
}
