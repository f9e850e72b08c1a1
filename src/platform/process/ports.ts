// Free TCP ports: asks the kernel by binding, and stays out of the range from which it serves everybody else.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { systemErrorCode } from '../../base/errors.ts';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Linux's default; also what others use at most (IANA: 49152–65535). */
const usualEphemeral: PortRange = { first: 32768, last: 65535 };

/** Ports that the kernel hands out by itself for outgoing connections: a server that is to keep its port must not live there. */
export async function ephemeralRange(): Promise<PortRange> {
  const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '');
  const [first, last] = text.trim().split(/\s+/).map(Number);
  return first && last ? { first, last } : usualEphemeral;
}

/** Whether a program could listen there now: on loopback, on every IPv4 address, and on every address at all. */
export async function isPortFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '0.0.0.0', '::']) if (!(await canBind(port, host))) return false;
  return true;
}

function canBind(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => {
      // A machine without IPv6 has nobody there who could hold the port.
      const absent = systemErrorCode(error) === 'EAFNOSUPPORT' || systemErrorCode(error) === 'EADDRNOTAVAIL';
      resolve(absent);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A port of 127.0.0.1 on which nobody listens now, for programs that must be told one; somebody else may be faster. */
export function unusedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : 0));
    });
  });
}
