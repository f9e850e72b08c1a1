// Whether a connection leads where the manifest lets it.
import { BlockList } from 'node:net';
import type { EgressRule } from '../../model/watch/spec.ts';
import type { Outbound } from '../../model/watch/watch.ts';

/** A rule whose name was looked up; without addresses nobody knows yet where the name leads. */
export interface ResolvedRule extends EgressRule {
  readonly addresses?: readonly string[];
}

/** `unknown`: it may be one of those names that could not be looked up. */
export function egressVerdict(rules: readonly ResolvedRule[], { host, port }: Outbound): 'expected' | 'unexpected' | 'unknown' {
  if (isLoopback(host)) return 'expected';
  const fitting = rules.filter((rule) => rule.port === undefined || rule.port === port);
  if (fitting.some((rule) => leadsTo(rule, host))) return 'expected';
  return fitting.some(({ addresses, bits }) => addresses === undefined && bits === undefined) ? 'unknown' : 'unexpected';
}

function leadsTo({ to, bits, addresses = [] }: ResolvedRule, host: string): boolean {
  if (bits === undefined) return addresses.includes(host);
  const list = new BlockList();
  list.addSubnet(to, bits, familyOf(to));
  return list.check(host, familyOf(host));
}

/** What stays on the machine, or in the container, leaves nothing. */
function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}
