// Who may use internal names: this machine and private networks. Requests that a proxy brought are from outside, wherever the proxy is.
import { BlockList, isIPv6 } from 'node:net';

const near = new BlockList();
// Loopback; RFC 1918; link-local (RFC 3927, RFC 4291); unique local addresses (RFC 4193).
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const)
  near.addSubnet(network, prefix, 'ipv4');
near.addAddress('::1', 'ipv6');
for (const [network, prefix] of [
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  near.addSubnet(network, prefix, 'ipv6');

/** `address` as the socket tells it; '' for a request that came through a proxy. */
export function isNear(address: string): boolean {
  return address !== '' && near.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
