// What the runtime watch expects of a service, as the manifest says it: where it connects, what it listens on, what it starts.
import { isIP } from 'node:net';
import type { EgressRule } from '../../watch/spec.ts';
import { list, mapping, text, whole, word } from './words.ts';

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const hostName = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);
const forms: readonly RegExp[] = [
  // [2001:db8::/32]:443
  /^\[(?<to>[\da-f:.]+)(?:\/(?<bits>\d{1,3}))?\](?::(?<port>\d{1,5}))?$/,
  // 2001:db8::/32
  /^(?<to>[\da-f.]*:[\da-f.]*:[\da-f:.]*)(?:\/(?<bits>\d{1,3}))?$/,
  // db.example.org:5432, 10.0.0.0/8, 10.1.2.3:443
  /^(?<to>[^\s:/[\]*]+)(?:\/(?<bits>\d{1,2}))?(?::(?<port>\d{1,5}))?$/,
];

/** `undefined` for what is no place. */
export function parseEgress(given: string): EgressRule | undefined {
  const { to, bits, port } = forms.map((form) => form.exec(given)?.groups).find((one) => one !== undefined) ?? {};
  if (to === undefined) return undefined;
  const rule = { to, ...(bits !== undefined && { bits: Number(bits) }), ...(port !== undefined && { port: Number(port) }) };
  return isPlace(rule) && (rule.port === undefined || (rule.port >= 1 && rule.port <= 65_535)) ? rule : undefined;
}

function isPlace({ to, bits }: EgressRule): boolean {
  const version = isIP(to);
  if (version > 0) return bits === undefined || bits <= (version === 4 ? 32 : 128);
  // A name whose last part is a number is an address that was mistyped.
  return bits === undefined && hostName.test(to) && !/(?:^|\.)\d+$/.test(to);
}

const place = text(
  'a host, an address or a network, with a port or without',
  'db.example.org:5432',
  /^[^\s*]{1,300}$/,
  (given): EgressRule | undefined => parseEgress(given),
);

export const egress = list(place, 'a list of hosts, addresses and networks', '[db.example.org:5432, 10.0.0.0/8]', 0, 100);

const program = word('the name or the path of a program', 'git', /^(?:\/[^\0]{1,1000}|[^\s/\0][^/\0]{0,254})$/);

export const watch = mapping('Watch', '{ programs: [git] }', {
  ports: list(whole(1, 65_535, 9090), 'a list of ports', '[9090]', 0, 100)
    .optional()
    .meta({ description: 'Ports that it listens on besides `port`.', usually: 'none', example: [9090] }),
  programs: list(program, 'a list of programs', '[git]', 0, 100)
    .optional()
    .meta({ description: 'Programs that it may start, besides itself and what is in its release.', usually: 'any', example: ['git'] }),
});
