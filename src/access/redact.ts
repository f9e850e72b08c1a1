// What may be written down of a call: no secrets, nothing endless, and JSON that reads back as it was hashed.
import { hiddenText } from '../base/redactor.ts';

export const redacted = hiddenText;

/** Bounds of an audit subject. Characters are UTF-16 code units, as `length` counts. */
const limits = { text: 1000, items: 100, depth: 8, total: 16_000 } as const;

const secretWords: ReadonlySet<string> = new Set(
  'token secret secrets password passwd passphrase authorization cookie credential credentials bearer dsn apikey'.split(' '),
);
/** Words before `key` that make it a harmless name. */
const openKeys: ReadonlySet<string> = new Set(['idempotency', 'public', 'primary', 'foreign', 'cache', 'partition', 'sort', 'route']);
/** A last word that says: this is about the secret, not the secret. */
const about: ReadonlySet<string> = new Set('id ids name names file path count kind type prefix version at expires'.split(' '));

/** Secrets that give themselves away wherever they stand: our tokens, bearer headers, passwords in URLs, private keys. */
const secretTexts: readonly (readonly [RegExp, string])[] = [
  [/code(?:session)?_[\w-]{43}/g, redacted],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${redacted}`],
  [/\b([a-z][a-z\d+.-]{1,20}:\/\/[^\s/:@]{0,200}):[^\s/@]{1,500}@/gi, `$1:${redacted}@`],
  [/\b(?:AKIA|ASIA)[A-Z\d]{16}\b/g, redacted],
  [/\b(?:gh[pousr]_[A-Za-z\d]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{20,255}|xox[abeprs]-[\w-]{10,255}|sk-[\w-]{20,255})/g, redacted],
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*/g, redacted],
];

/** What a name is set to (`PGPASSWORD=…`, `--api-key …`, `"token": …`): hidden when the name says so. */
const settings: readonly RegExp[] = [
  /(?<![\w-])(-{0,2})([a-z][\w.-]{0,100})(["']?\s*[=:]\s*)("[^"]{1,2000}"|'[^']{1,2000}'|[^\s"']{1,2000})/gi,
  /(?<![\w-])(--?)([a-z][\w.-]{0,100})(["']?\s+)("[^"]{1,2000}"|'[^']{1,2000}'|[^\s"'-][^\s"']{0,2000})/gi,
];
/** The short flags of the programs that take a password glued on, or a user with one (`mysql -pX`, `curl -u a:X`). Ports are none. */
const shortFlags: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w-])-p(?![\d.:/]+(?:\s|$))(?!(?:ort|ath|id|roject|rofile|rotocol|refix)(?![a-z]))[^\s"']{3,500}/g, `-p${redacted}`],
  [/(?<![\w-])(-u|--user|--proxy-user)([ =]?["']?[^\s:"']{1,200}):[^\s"']{1,500}/g, `$1$2:${redacted}`],
];
const secretEnd = /(?:password|passwd|passphrase|secret|token)$/;

/** Does a member's name (`apiKey`, `DATABASE_PASSWORD`, `token`) say that its value is a secret? */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter(Boolean);
  const last = words.at(-1);
  if (last === undefined || about.has(last)) return false;
  if (words.some((word) => secretWords.has(word) || secretEnd.test(word))) return true;
  // Alone it is the working directory.
  if (last === 'pwd' && words.length > 1) return true;
  return last === 'key' && words.length > 1 && !openKeys.has(words.at(-2) ?? '');
}

/** A copy that is safe to keep: secret-looking members replaced, long texts and lists cut with what is missing told. Pure. */
export function redact(subject: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const copy = record(subject, 0);
  const length = JSON.stringify(copy).length;
  return length <= limits.total
    ? copy
    : { cut: `${length} characters of subject are too many to keep`, members: Object.keys(copy).slice(0, 20) };
}

/** Cuts a text and hides the secrets in it. */
export function redactText(text: string): string {
  // Cut first, generously: a pattern must not run over megabytes, and what is beyond is not kept anyway.
  const near = text.slice(0, limits.text * 4);
  const clean = hideSecrets(near);
  if (clean.length <= limits.text && near.length === text.length) return clean;
  return `${clean.slice(0, limits.text).toWellFormed()}… (${text.length} characters)`;
}

/** Of a text that is not long: its patterns run over all of it. */
export function hideSecrets(text: string): string {
  return hideSettings([...secretTexts, ...shortFlags].reduce((rest, [pattern, instead]) => rest.replaceAll(pattern, instead), text));
}

function hideSettings(text: string): string {
  const hide = (all: string, dashes: string, name: string, sign: string, value: string) =>
    isSecretName(name) && !/^(?:bearer|basic)$/i.test(value) ? `${dashes}${name}${sign}${redacted}` : all;
  return settings.reduce((rest, pattern) => rest.replaceAll(pattern, hide), text);
}

function record(value: object, depth: number): Record<string, unknown> {
  const members = Object.entries(value).filter(([, member]) => member !== undefined && typeof member !== 'function');
  const kept = members.slice(0, limits.items).map(([name, member]) => [cutName(name), valueOf(name, member, depth)] as const);
  const more = members.length - kept.length;
  return Object.fromEntries(more > 0 ? [...kept, ['…', `${more} more`]] : kept);
}

function valueOf(name: string, value: unknown, depth: number): unknown {
  const harmless = value === null || typeof value === 'boolean' || value === '';
  return isSecretName(name) && !harmless ? redacted : anything(value, depth + 1);
}

function anything(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') return null;
  if (depth > limits.depth) return '… (too deep)';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'no date' : value.toISOString();
  return Array.isArray(value) ? list(value, depth) : record(value, depth);
}

/** A list may hold pairs of name and value (`[{ name: API_KEY, value: … }]`); their value is judged by their name. */
function list(values: readonly unknown[], depth: number): readonly unknown[] {
  const kept = values.slice(0, limits.items).map((value, index) => anything(hideArgument(values[index - 1], hidePair(value)), depth + 1));
  return values.length > kept.length ? [...kept, `… (${values.length} items)`] : kept;
}

/** A command comes word by word: what follows `--password` or `-u` is judged by it. */
function hideArgument(flag: unknown, value: unknown): unknown {
  if (typeof flag !== 'string' || typeof value !== 'string' || !flag.startsWith('-')) return value;
  if (/^(?:-u|--user|--proxy-user)$/.test(flag)) return value.replace(/:.+$/s, `:${redacted}`);
  return isSecretName(flag) && !value.startsWith('-') ? redacted : value;
}

function hidePair(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('value' in value)) return value;
  return typeof value.name === 'string' && isSecretName(value.name) ? { ...value, value: redacted } : value;
}

function cutName(name: string): string {
  return name.length <= 100 ? name : `${name.slice(0, 100).toWellFormed()}…`;
}
