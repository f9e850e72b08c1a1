// Where the engine may call on behalf of a manifest: hosts, networks, or anywhere but the addresses that hand out a machine's credentials.
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

export interface Outbound {
  /** Whether a host of this name may be called at this address. */
  permits(host: string, address: string): boolean;
  /** The same where nobody here knows its address. */
  permitsName(host: string): boolean;
}

/** Neighbours of a machine that answer whoever asks: link-local addresses, and where clouds keep metadata, with credentials. */
const neverMeant = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
  // Alibaba Cloud, Oracle Cloud, Azure.
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  ['168.63.129.16', 32],
] as const)
  neverMeant.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  // With all that is written as IPv4-compatible.
  ['::', 96],
  ['fe80::', 10],
  ['ff00::', 8],
  // Amazon Web Services, Google Cloud.
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
  // 169.254.0.0/16 through NAT64 and 6to4; what a local NAT64 makes of its prefix nobody can tell from outside.
  ['64:ff9b::a9fe:0', 112],
  ['64:ff9b:1::', 48],
  ['2002:a9fe::', 32],
] as const)
  neverMeant.addSubnet(network, bits, 'ipv6');

const loopback = new BlockList();
loopback.addAddress('::1', 'ipv6');

/**
 * `rules`: hosts (`metrics.example.org`), all below a domain (`*.example.org`), addresses and networks (`10.0.0.0/8`); none: anywhere.
 * What is never meant has to be named by its address or network: a name that leads there is not enough.
 */
export function outboundTo(rules: readonly string[]): Outbound {
  const names = rules.filter((rule) => !isNetwork(rule)).map((rule) => rule.toLowerCase());
  const networks = new BlockList();
  for (const rule of rules.filter(isNetwork)) addNetwork(networks, rule);
  const permitsName = (host: string) => rules.length === 0 || names.some((name) => matches(name, host.toLowerCase()));
  return {
    permitsName,
    permits: (host, address) => {
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (networks.check(address, family)) return true;
      if (neverMeant.check(address, family) && !loopback.check(address, family)) return false;
      return permitsName(host);
    },
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

function isNetwork(rule: string): boolean {
  const [address = '', bits, ...rest] = rule.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function addNetwork(list: BlockList, rule: string): void {
  const [address = '', bits] = rule.split('/');
  const [family, all] = isIP(address) === 6 ? (['ipv6', 128] as const) : (['ipv4', 32] as const);
  list.addSubnet(address, bits === undefined ? all : Number(bits), family);
}

function matches(name: string, host: string): boolean {
  return name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name;
}
