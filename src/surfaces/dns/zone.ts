// What the names under `internal` mean: a service is at its address of the gateway, its instances are where they listen.
import { isIPv4 } from 'node:net';
import type { Endpoint } from '../../model/discovery/endpoint.ts';
import type { DnsRecord, Question, Reply } from './wire.ts';
import { codes, types } from './wire.ts';

/** A name by which a service is reached, the address that it stands for, and the instances behind it. */
export interface ZoneEntry {
  readonly name: string;
  readonly address: string;
  readonly endpoints: readonly Endpoint[];
}

export interface Zone {
  /** The gateway's port: that of every service's address. */
  readonly port: number;
  find(name: string): ZoneEntry | undefined;
}

/** Addresses of services never change; instances come and go with every probe. */
const steady = 60;
const fleeting = 1;

const internet = 1;
const none = { answers: [], additional: [] } as const;

/** The three forms: a service, a way to it (`_http._tcp.`, `_instances._tcp.`), one of its instances. */
export function answerQuestion({ name, type, class: asked, opcode }: Question, zone: Zone): Reply {
  if (opcode !== 0) return { code: codes.notImplemented, ...none };
  if (asked !== internet || (name !== 'internal' && !name.endsWith('.internal'))) return { code: codes.refused, ...none };
  const found = serviceRecords(name, zone) ?? wayRecords(name, zone) ?? instanceRecords(name, zone);
  if (found === undefined) return { code: codes.unknownName, ...none };
  const answers = found.answers.filter((one) => one.type === type || type === types.ANY);
  return { code: codes.ok, answers, additional: answers.length > 0 ? found.additional : [] };
}

type Found = Omit<Reply, 'code'>;

function serviceRecords(name: string, zone: Zone): Found | undefined {
  const entry = zone.find(name);
  return entry && { answers: [{ type: types.A, name, ttl: steady, address: entry.address }], additional: [] };
}

function wayRecords(name: string, zone: Zone): Found | undefined {
  const [, way, target = ''] = /^_(http|instances)\._tcp\.(.+)$/.exec(name) ?? [];
  const entry = way === undefined ? undefined : zone.find(target);
  if (entry === undefined) return undefined;
  const srv = { type: types.SRV, name } as const;
  if (way === 'http')
    return {
      answers: [{ ...srv, ttl: steady, weight: 1, port: zone.port, target }],
      additional: [{ type: types.A, name: target, ttl: steady, address: entry.address }],
    };
  const at = entry.endpoints.filter(({ host }) => isIPv4(host));
  return {
    answers: at.map((one) => ({ ...srv, ttl: fleeting, weight: weightOf(one), port: one.port, target: `${one.instance}.${target}` })),
    additional: at.map((one) => instanceRecord(`${one.instance}.${target}`, one)),
  };
}

function instanceRecords(name: string, zone: Zone): Found | undefined {
  const dot = name.indexOf('.');
  const entry = zone.find(name.slice(dot + 1));
  const endpoint = entry?.endpoints.find(({ instance, host }) => instance === name.slice(0, dot) && isIPv4(host));
  return endpoint && { answers: [instanceRecord(name, endpoint)], additional: [] };
}

function instanceRecord(name: string, { host }: Endpoint): DnsRecord {
  return { type: types.A, name, ttl: fleeting, address: host };
}

/** In thousandths, never none: RFC 2782 gives weight 0 a very small chance, which is what a small share means. */
function weightOf({ share }: Endpoint): number {
  return Math.max(1, Math.round(share * 1_000));
}
