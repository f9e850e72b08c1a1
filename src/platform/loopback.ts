// Which host names mean this machine and nobody else's.
import { isIP } from 'node:net';

/** As in a URL, with or without brackets. A name that only begins like an address of loopback is somebody else's. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (isIP(name) === 4) return name.startsWith('127.');
  return name === '::1' || name === 'localhost' || name.endsWith('.localhost');
}
