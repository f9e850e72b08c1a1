// Where the engine may call on behalf of a manifest: hosts, networks, or anywhere but the addresses that hand out a machine's credentials.
import { lookup } from 'node:dns/promises';
import type { BlockList } from 'node:net';
import { isIP } from 'node:net';
import { isIn, isNeverMeant, isPublic, listOf } from './address.ts';
import { isMetadataName, isPrivateName, withoutRootDot } from './target.ts';

export interface Outbound {
  /** Whether a host that a manifest names may be called at this address. */
  permits(host: string, address: string): boolean;
  /** The same where nobody here knows its address. */
  permitsName(host: string): boolean;
  /** The same for a host that nobody registered, such as the one that an answer sends us to: without rules it has to be public. */
  permitsStranger(host: string, address: string): boolean;
}

/**
 * `rules`: hosts (`metrics.example.org`), all below a domain (`*.example.org`), addresses and networks (`10.0.0.0/8`); none: anywhere.
 * What is never meant has to be named by its address or network: a name that leads there is not enough.
 */
export function outboundTo(rules: readonly string[]): Outbound {
  const names = rules.filter((rule) => !isNetwork(rule)).map((rule) => rule.toLowerCase());
  const networks = networksIn(rules);
  const listed = (host: string) => names.some((name) => matches(name, withoutRootDot(host.toLowerCase())));
  const permits = (host: string, address: string) =>
    isIn(networks, address) || (!isNeverMeant(address) && (rules.length === 0 || listed(host)));
  return {
    permits,
    permitsName: (host) => (rules.length === 0 ? !isMetadataName(host) : listed(host)),
    permitsStranger: (host, address) => (rules.length === 0 ? isPublic(address) && !isPrivateName(host) : permits(host, address)),
  };
}

/** For what is called by somebody else; whoever calls himself checks where he connects to (`call`). None: nobody here knows. */
export async function addressesOf(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

export function isOutboundRule(text: string): boolean {
  return isNetwork(text) || (/^(\*\.)?[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i.test(text) && !/^[\d.]+$/.test(text));
}

function networksIn(rules: readonly string[]): BlockList {
  return listOf(
    rules.filter(isNetwork).map((rule) => {
      const [address = '', bits = isIP(address) === 6 ? '128' : '32'] = rule.split('/');
      return [address, Number(bits), 'allowed'] as const;
    }),
  );
}

function isNetwork(rule: string): boolean {
  const [address = '', bits, ...rest] = rule.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function matches(name: string, host: string): boolean {
  return name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name;
}
