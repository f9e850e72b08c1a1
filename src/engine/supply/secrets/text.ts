// Secrets in a text, line by line. Every repetition below is bounded, so that the work grows as the text does; nothing of a finding but its place and kind is kept.
import { published, tokenRules } from './rules.ts';
import { isSecretName, isSecretValue } from './values.ts';

export interface SecretFinding {
  /** From 1. */
  readonly line: number;
  readonly kind: string;
  /** What everybody knows of it, and how long it is. */
  readonly shown: string;
}

/** On the line, or on the one above: whoever wrote it has looked. */
export const allowed = 'codectl:not-a-secret';

const longestLine = 20_000;

export function secretsIn(text: string): readonly SecretFinding[] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    if (line.includes(allowed) || lines[at - 1]?.includes(allowed)) return [];
    const found = line.length > longestLine ? piecesOf(line).flatMap(inLine) : inLine(line);
    const key = privateKeyAt(lines, at);
    const all = key === undefined ? found : [...found, key];
    // One word may be found in two ways.
    const seen = new Set<string>();
    return all.flatMap(({ kind, value, prefix = '' }): SecretFinding[] => {
      if (seen.has(value)) return [];
      seen.add(value);
      return [{ line: at + 1, kind, shown: `${prefix}… (${value.length} characters)` }];
    });
  });
}

interface Found {
  readonly kind: string;
  readonly value: string;
  readonly prefix?: string;
}

/** They overlap by more than a secret is long. */
function piecesOf(line: string): readonly string[] {
  const step = longestLine / 2;
  return Array.from({ length: Math.ceil(line.length / step) }, (_, at) => line.slice(at * step, at * step + longestLine));
}

function inLine(line: string): readonly Found[] {
  if (line.length < 12) return [];
  const tokens = tokensIn(line);
  // A word that is known for what it is needs no second name.
  return tokens.length > 0 ? [...tokens, ...addressesIn(line)] : [...addressesIn(line), ...headersIn(line), ...assignmentsIn(line)];
}

function tokensIn(line: string): readonly Found[] {
  return words(line).flatMap((word): Found[] => {
    const rule = tokenRules.find((one) => word.startsWith(one.prefix) && one.matches(word));
    return rule && !published.has(word) && isLively(word.slice(rule.prefix.length))
      ? [{ kind: rule.name, value: word, prefix: rule.prefix }]
      : [];
  });
}

function words(line: string): readonly string[] {
  return (line.match(/[\w.:-]{16,}/g) ?? []).flatMap((run) => {
    const bare = run.replace(/^[.:-]+/, '').replace(/[.:-]{1,9}$/, '');
    // `token:ghp_…` is one run.
    return bare.includes(':') ? [bare, ...bare.split(':')] : [bare];
  });
}

/** No placeholder: `ghp_xxxxxxxx…`. */
function isLively(rest: string): boolean {
  return new Set(rest).size >= 6 && !/x{6,}|0{8,}|example|abcdefghij|1234567890/i.test(rest);
}

/** A password in an address, and addresses that are secrets themselves. */
function addressesIn(line: string): readonly Found[] {
  return (line.match(/(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'`<>]{4,500}/gi) ?? []).flatMap((address): Found[] => {
    if (/^https:\/\/hooks\.slack\.com\/services\/T\w{6,14}\/B\w{6,14}\/\w{20,30}/.test(address))
      return [{ kind: 'Slack webhook', value: address }];
    if (/^https:\/\/(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks\/\d{15,21}\/[\w-]{50,80}/.test(address))
      return [{ kind: 'Discord webhook', value: address }];
    const [, password = ''] = /^[^:]{2,21}:\/\/[^\s:@/]{0,100}:([^\s@/]{3,200})@[\w[]/.exec(address) ?? [];
    return isPassword(password) ? [{ kind: 'password in an address', value: password }] : [];
  });
}

/** Of a password in an address nothing but itself says what it is. */
function isPassword(text: string): boolean {
  if (
    text.length < 4 ||
    /^(?:pass(?:word|wd)?|pw|secret|user|admin|root|postgres|guest|test|token|x+|\*+|\.+|mysql|redis|example)\d{0,4}$/i.test(text)
  )
    return false;
  return !/\$|\{|<|%[({]|change_?me|your|placeholder|example/i.test(text);
}

/** `Authorization: Bearer …`, `Authorization: Basic …`, and netrc's `password …`. */
function headersIn(line: string): readonly Found[] {
  const [, scheme = '', credential = ''] =
    /authorization["']?\s{0,4}[:=,]\s{0,4}["'`]?(bearer|basic|token)\s{1,4}([\w.+/=~-]{16,400})/i.exec(line) ?? [];
  if (scheme !== '' && isSecretValue(credential, true) && (scheme.toLowerCase() !== 'basic' || decodesToPair(credential)))
    return [{ kind: 'credentials in a header', value: credential }];
  const [, password = ''] = /\blogin\s{1,4}\S{1,100}\s{1,4}password\s{1,4}(\S{6,200})/.exec(line) ?? [];
  return isSecretValue(password, true) ? [{ kind: 'password of a login', value: password }] : [];
}

/** A name begins where a run of its letters begins, so that each run is tried once. */
const pair = /(?<![\w.-])(["'`]?)([\w.-]{3,80})\1?["'`\]]{0,2}\s{0,8}(?:=>|:=|={1,3}|:|,)\s{0,8}(["'`]?)([^\s"'`,;]{8,300})/g;

function assignmentsIn(line: string): readonly Found[] {
  return [...line.matchAll(pair)].flatMap(([whole, , name = '', quote = '', raw = '']): Found[] => {
    const value = raw.replace(/[)\]}]{1,5}$/, '');
    if (/^(?:"auth"|'auth'|auth)$/.test(name) || name === 'auth')
      return decodesToPair(value) ? [{ kind: 'login of a registry', value }] : [];
    // A call or a type beside a comma is no assignment.
    if (/,\s{0,8}["'`]?[^,]*$/.test(whole) && !/["'`]\s{0,8},\s{0,8}["'`]/.test(whole)) return [];
    const quoted = quote !== '' || isWholeLine(line, name);
    return isSecretName(name) && isSecretValue(value, quoted) ? [{ kind: `value of ${name}`, value }] : [];
  });
}

/** `NAME=value`, as in files of variables and of settings. */
function isWholeLine(line: string, name: string): boolean {
  return new RegExp(`^\\s{0,40}(?:export |ENV |ARG |set |- )?["']?${name.replace(/[.-]/g, '\\$&')}["']?\\s{0,8}[:=]`).test(line);
}

/** Base64 of `user:password`. */
function decodesToPair(text: string): boolean {
  if (!/^[A-Za-z0-9+/]{12,400}={0,2}$/.test(text)) return false;
  const plain = Buffer.from(text, 'base64').toString('utf8');
  const [, password = ''] = /^[\x21-\x39\x3b-\x7e]{1,100}:([\x21-\x7e]{4,300})$/.exec(plain) ?? [];
  return isPassword(password);
}

const keyBegin = /-----BEGIN (?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED|PGP) )?PRIVATE KEY(?: BLOCK)?-----/;

/** With something between its head and its end: a head alone is a text about keys. */
function privateKeyAt(lines: readonly string[], at: number): Found | undefined {
  const line = lines[at] ?? '';
  const head = line.length > longestLine ? undefined : keyBegin.exec(line);
  if (!head) return undefined;
  const rest = [line.slice(head.index + head[0].length), ...lines.slice(at + 1, at + 12)].join('\n').slice(0, 4_000);
  const body = rest
    .split('-----END')[0]
    ?.replaceAll(/\\[nr]/g, '\n')
    .split('\n')
    .map((one) => one.replace(/^[\s"'+>|#*/-]{0,20}/, '').replace(/["',+\\\s]{0,9}$/, ''))
    .filter((one) => /^[A-Za-z0-9+/=]{16,}$/.test(one))
    .join('');
  if (body === undefined || body.length < 40 || new Set(body).size < 12) return undefined;
  return { kind: 'private key', value: `${head[0]}${body}`, prefix: head[0] };
}
