// What an IP address is for, by the registries of special addresses (RFC 6890 and what updates it), through every notation that carries an
// IPv4 address inside an IPv6 one.
import { BlockList, isIP } from 'node:net';

export type Network = readonly [address: string, bits: number, why: string];

/** Whom no stranger may send us to. IPv6 is public by exception: only 2000::/3 is handed out (RFC 4291), less what stands here. */
export const notPublic: readonly Network[] = [
  ['0.0.0.0', 8, 'this network, RFC 791'],
  ['10.0.0.0', 8, 'private, RFC 1918'],
  ['100.64.0.0', 10, 'shared by carriers, RFC 6598'],
  ['127.0.0.0', 8, 'loopback, RFC 1122'],
  ['169.254.0.0', 16, 'link-local, RFC 3927'],
  ['172.16.0.0', 12, 'private, RFC 1918'],
  ['192.0.0.0', 24, 'protocol assignments, RFC 6890'],
  ['192.0.2.0', 24, 'documentation, RFC 5737'],
  ['192.31.196.0', 24, 'AS112, RFC 7535'],
  ['192.52.193.0', 24, 'multicast tunnels, RFC 7450'],
  ['192.88.99.0', 24, '6to4 relays, RFC 7526'],
  ['192.168.0.0', 16, 'private, RFC 1918'],
  ['192.175.48.0', 24, 'AS112, RFC 7534'],
  ['198.18.0.0', 15, 'benchmarks, RFC 2544'],
  ['198.51.100.0', 24, 'documentation, RFC 5737'],
  ['203.0.113.0', 24, 'documentation, RFC 5737'],
  ['224.0.0.0', 4, 'multicast, RFC 5771'],
  ['240.0.0.0', 4, 'reserved, RFC 1112'],
  ['168.63.129.16', 32, "Azure's platform"],
  ['2001::', 23, 'protocol assignments with Teredo, RFC 2928 and RFC 4380'],
  ['2001:db8::', 32, 'documentation, RFC 3849'],
  ['2002::', 16, '6to4, RFC 3056'],
  ['2620:4f:8000::', 48, 'AS112, RFC 7534'],
  ['3fff::', 20, 'documentation, RFC 9637'],
];

/** Neighbours of a machine that answer whoever asks: link-local addresses, and where clouds keep metadata, with credentials. */
const neverMeant: readonly Network[] = [
  ['0.0.0.0', 8, 'this network'],
  ['169.254.0.0', 16, 'link-local; Amazon, Google, Azure and others keep metadata there'],
  ['224.0.0.0', 3, 'multicast and reserved'],
  ['100.100.100.200', 32, 'Alibaba Cloud'],
  ['192.0.0.192', 32, 'Oracle Cloud'],
  ['168.63.129.16', 32, 'Azure'],
  ['::', 96, 'with all that is written as IPv4-compatible'],
  ['fe80::', 10, 'link-local'],
  ['ff00::', 8, 'multicast'],
  ['fd00:ec2::254', 128, 'Amazon Web Services'],
  ['fd20:ce::254', 128, 'Google Cloud'],
  ['64:ff9b:1::', 48, 'what a local NAT64 makes of it nobody can tell from outside, RFC 8215'],
];

const notPublicList = listOf(notPublic);
const handedOut = listOf([['2000::', 3, 'global unicast, RFC 4291']]);
const credentials = listOf(neverMeant);
const loopback = listOf([['::1', 128, 'loopback']]);

export function listOf(networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of networks) list.addSubnet(address, bits, familyOf(address));
  return list;
}

/** Whether a list holds the address; one with a zone (`fe80::1%eth0`, RFC 4007) is judged without it. */
export function isIn(list: BlockList, address: string): boolean {
  return list.check(withoutZone(address), familyOf(address));
}

/** Whether everybody could reach it: a stranger gains nothing by sending us there. `special` is what is left out. */
export function isPublic(address: string, special: BlockList = notPublicList): boolean {
  if (isIP(address) === 0 || isIn(special, address)) return false;
  if (familyOf(address) === 'ipv4') return true;
  const carried = carriedIn(address).every((inner) => isPublic(inner, special));
  return carried && (isIn(handedOut, address) || isWritten(groupsOf(address), nat64));
}

/** Whether it, or the IPv4 address that it carries, is one that a manifest never means by accident. */
export function isNeverMeant(address: string): boolean {
  if (isIn(loopback, address)) return false;
  if (isIn(credentials, address)) return true;
  return familyOf(address) === 'ipv6' && carriedIn(address).some((inner) => isIn(credentials, inner));
}

interface Notation {
  /** The groups that it begins with; `any` may be everything. */
  readonly begins: readonly number[];
  /** Where the two groups of the IPv4 address are. */
  readonly at: number;
  readonly inverted?: true;
}

const any = -1;
const nat64: Notation = { begins: [0x64, 0xff9b, 0, 0, 0, 0], at: 6 };
const notations: readonly Notation[] = [
  // Compatible and mapped (RFC 4291), translated (RFC 2765).
  { begins: [0, 0, 0, 0, 0, 0], at: 6 },
  { begins: [0, 0, 0, 0, 0, 0xffff], at: 6 },
  { begins: [0, 0, 0, 0, 0xffff, 0], at: 6 },
  // 6to4 (RFC 3056); Teredo's server and its client (RFC 4380); NAT64 (RFC 6052); ISATAP (RFC 5214).
  { begins: [0x2002], at: 1 },
  { begins: [0x2001, 0], at: 2 },
  { begins: [0x2001, 0], at: 6, inverted: true },
  nat64,
  { begins: [any, any, any, any, 0, 0x5efe], at: 6 },
  { begins: [any, any, any, any, 0x200, 0x5efe], at: 6 },
];

/** The IPv4 addresses inside an IPv6 one, in every notation that is known for it. */
export function carriedIn(address: string): readonly string[] {
  const groups = groupsOf(address);
  return notations
    .filter((notation) => isWritten(groups, notation))
    .map(({ at, inverted }) => dotted(...groups.slice(at, at + 2).map((group) => (inverted ? group ^ 0xffff : group))));
}

function isWritten(groups: readonly number[], { begins }: Notation): boolean {
  return begins.every((group, at) => group === any || group === groups[at]);
}

function groupsOf(address: string): readonly number[] {
  const [head = '', tail = ''] = withoutZone(address).split('::');
  const left = halfOf(head);
  const right = halfOf(tail);
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

function halfOf(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => (part.includes('.') ? groupsOfDotted(part) : [Number.parseInt(part, 16)]));
}

function groupsOfDotted(text: string): readonly number[] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

function withoutZone(address: string): string {
  return address.split('%')[0] ?? '';
}
