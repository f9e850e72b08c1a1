// Whom an address stands for: one of IPv4 is itself, one of IPv6 is its network of 64 bits, of which everybody has at least one to choose addresses from.

/** `192.0.2.7`, `2001:db8:0:1::/64`. */
export function networkOf(written: string): string {
  // As a socket that listens for both families writes IPv4.
  const address = written.replace(/^::ffff:(?=\d+\.)/, '');
  if (!address.includes(':')) return address;
  const [high = '', low] = (address.split('%')[0] ?? '').split('::');
  const first = high === '' ? [] : high.split(':');
  const last = low === undefined || low === '' ? [] : low.split(':');
  const groups = low === undefined ? first : [...first, ...Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0'), ...last];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
