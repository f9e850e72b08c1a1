// The manifest's smallest parts: names, quantities, paths. Text becomes numbers with units here and nowhere else.
import { z } from 'zod';
import { type Bytes, type Duration, parseBytes, parseDuration, parseShare, type Share } from '../../../base/units.ts';
import { says, shown, text, word } from './words.ts';

const durationForm = /^(?:\d{1,9}(?:\.\d{1,6})?(?:ms|s|m|h|d))+$/;
const sizeForm = /^\d{1,15}(?:\.\d{1,6})?(?:B|k|K|M|G|T|Ki|Mi|Gi|Ti)?$/;
const shareForm = /^\d{1,3}(?:\.\d{1,9})?%$/;
// Timers of the platform count milliseconds in 31 bits, and nothing here needs more than a day.
const longest = 24 * 60 * 60 * 1000;

/** Zero to a day; in milliseconds once read. */
export function duration(example: string) {
  return text('a duration up to 24h', example, durationForm, (given): Duration | undefined => within(parseDuration(given), 0, longest));
}

/** A millisecond to a day. */
export function time(example: string) {
  return text('a duration from 1ms to 24h', example, durationForm, (given): Duration | undefined =>
    within(parseDuration(given), 1, longest),
  );
}

/** In bytes once read. */
export const size = text('a size of at least 1Mi', '256Mi', sizeForm, (given): Bytes | undefined =>
  within(parseBytes(given), 2 ** 20, 2 ** 50),
);

/** In bytes once read. */
export const anySize = text('a size of at least 1B', '10Mi', sizeForm, (given): Bytes | undefined => within(parseBytes(given), 1, 2 ** 50));

/** 0 to 1 once read. */
export function share(example: string) {
  return text('a percentage', example, shareForm, (given): Share | undefined => parseShare(given));
}

/** More than 0, up to 1 once read. */
export function someShare(example: string) {
  return text('a percentage above 0%', example, shareForm, (given): Share | undefined => positive(parseShare(given)));
}

/** More than 0, less than 1 once read. */
export function partShare(example: string) {
  return text('a percentage above 0% and below 100%', example, shareForm, (given): Share | undefined => {
    const read = positive(parseShare(given));
    return read === 1 ? undefined : read;
  });
}

function within(value: number | undefined, least: number, most: number): number | undefined {
  return value !== undefined && value >= least && value <= most ? value : undefined;
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

/** Names of applications, services, environments, runtimes and volumes: safe as a DNS label, a file name and a label everywhere. */
export function name(example: string) {
  return word(
    'a name of up to 40 lower-case letters, digits and "-" that starts with a letter',
    example,
    /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
  );
}

export const variableName = word('a name of letters, digits and "_"', 'LOG_LEVEL', /^[A-Za-z_][A-Za-z0-9_]{0,127}$/);

/** Text, or a number or boolean that is meant as text. */
export function textLike(example: string) {
  return z
    .union([z.string(), z.number(), z.boolean()], says('text, a number or true/false', example))
    .transform(String)
    .meta({ expects: 'text', example });
}

export const directory = word('a directory', './api', /^[^\s](?:.*[^\s])?$/);

const part = '[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*';
const registry = '(?=[^/]*[.:]|localhost/)[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\\d{1,5})?/';
/** `[registry/]name[:tag][@sha256:…]`: the grammar of distribution/reference, which container engines share. A registry is told by its dot or port. */
export const imageReference = word(
  'an image reference',
  'registry.example/shop/web:2.1',
  new RegExp(`^(?=.{1,255}(?:@|$))(?:${registry})?${part}(?:/${part})*(?::\\w[\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`),
);

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const hostForm = new RegExp(`^(?:\\*|(?=.{1,253}$)${label}(?:\\.${label})*)$`);
/** What the gateway answers to by itself (`internalName`, `internalAddress`): a route there could take the requests of another application's services. */
const ownHosts = /(?:^|\.)internal$|^127\.(?!0\.)/;
const hostWords = says('a host name in lower case, or "*"', 'shop.localhost');
export const host = z
  .string(hostWords)
  .regex(hostForm, hostWords)
  .refine((given) => !ownHosts.test(given), {
    error: ({ input }) => `${shown(input)} is for the gateway, which names services so among themselves; choose another host`,
  })
  .meta({ expects: 'a host name in lower case, or "*"', example: 'shop.localhost' });

export const urlPath = word('a path that starts with "/"', '/healthz', /^\/[^\s?#\\]{0,1023}$/);

export const absolutePath = word('an absolute path', '/var/lib/api', /^\/[^\0]{0,1023}$/);

export const nodeLabel = word(
  'a name of letters, digits and "-_./"',
  'disk',
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
);
export const nodeLabelValue = word('up to 63 letters, digits and "-_."', 'ssd', /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/);

export const percentile = word('a percentile', 'p99', /^p(?:[1-9]|[1-9]\d)(?:\.\d{1,2})?$/);
