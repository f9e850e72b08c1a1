// Names resolved once: the addresses that are checked are those that are connected to. A name that leads elsewhere the next moment (DNS rebinding)
// changes nothing.
import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

export interface LookupRule {
  readonly permits: (host: string, address: string) => boolean;
  /** One address that is not permitted spoils the name: no honest public host has it beside its others. */
  readonly strict: boolean;
}

type Resolve = (
  host: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

/** For `lookup` of node:http and node:net. `resolve` is the system's own. */
export function checkedLookup({ permits, strict }: LookupRule, resolve: Resolve = lookup): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      const all = found ?? [];
      const permitted = all.filter(({ address }) => permits(host, address));
      const [first] = permitted;
      const wrong = all.find((one) => !permitted.includes(one));
      if (error) callback(error, '');
      else if (first === undefined || (strict && wrong)) callback(notPermitted(host, wrong?.address), '');
      else if (options.all) callback(null, permitted);
      else callback(null, first.address, first.family);
    });
  };
}

export function notPermitted(host: string, address?: string): Error {
  const place = address === undefined || address === host ? host : `${host} (${address})`;
  return new Error(`this engine may not call ${place}: see its setting calls_allowed`);
}
