// Parses what a trial asks of the gateway: an instance, an address of this machine, and for how long.
import type { Duration } from '../base/units.ts';
import type { Address } from '../model/instance.ts';
import { isLoopback } from '../platform/loopback.ts';
import { fields, optional, text, whole, wrong } from './parse-fields.ts';

export interface DetourRequest {
  readonly instance: string;
  /** Absent: to itself again. */
  readonly to?: Address | undefined;
  readonly lasts: Duration;
}

/** No trial is longer, and a detour that nobody takes back ends by itself. */
const longest = 24 * 3_600_000;

/** Errors: `input_invalid`. Traffic of users never leaves this machine by a detour. */
export function parseDetour(input: unknown): DetourRequest {
  const asked = fields(input, 'detour');
  const to = optional(asked['to'], (given) => {
    const { host, port } = fields(given, 'detour.to');
    const address = { host: text(host, 'detour.to.host'), port: whole(port, 'detour.to.port', 65_535) };
    if (!isLoopback(address.host) || address.port === 0) throw wrong('detour.to', 'an address of this machine');
    return address;
  });
  return { instance: text(asked['instance'], 'detour.instance'), to, lasts: to ? whole(asked['lasts'], 'detour.lasts', longest) : 0 };
}
