// Whether what stands beside a name such as `password` is a secret, or a word about one.

const keyWords =
  /pass(?:word|wd|phrase)|pwd|secret|token|api_?key|access_?key|auth_?key|private_?key|signing_?key|encryption_?key|credential|account_?key|shared_?key/i;
/** What such names end with where their values say something about the secret. */
const about =
  /(?:name|type|kind|url|uri|path|file|field|ids?|length|len|min|max|count|size|limit|ttl|age|expiry|expires|expiration|expiresin|ref|label|title|header|prefix|suffix|algorithm|policy|rotation|manager|class|regexp?|pattern|hint|input|timeout|version|arn|env|var|enabled|required|format|issuer|audience|scopes?|endpoint|host|hash|digest|placeholder|help|description|text|message|error|public|provider|service|selector|template|validator|strategy|index|usage|budget)$/i;

export function isSecretName(name: string): boolean {
  const bare = name.replaceAll('-', '_');
  return keyWords.test(bare) && !about.test(bare) && !/public|example|sample|dummy|fake|mock|max_?token|num_?token|tokens$/i.test(bare);
}

const placeholders =
  /example|change[_-]?me|changeit|your|placeholder|dummy|sample|fake|mock|redacted|removed|hidden|insert|replace|todo|fixme|notreal|not[_-]?a[_-]?secret|undefined|null|none|lorem|foobar|testtest|x{4,}|\*{3,}|\.{3}|0{6,}|1{6,}|_here$/i;
const references =
  /^(?:[$%<@#!&[({]|[\w.]+\(|process\.|os\.|env\.|config\.|settings\.|vars?\.|secrets?\.|data\.|local\.|module\.|self\.|this\.|arn:|vault:|op:|ref\+|file:|projects\/)|\$\{|\{\{|\$\(|%\(/i;
const shapes = [
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, // an id
  /^\d+(?:[.:/_-]\d+)*[a-z]{0,2}$/i, // a number, a date, a version, a duration
  /^\.{0,2}(?:\/[\w.@~-]+)+\/?$/, // a path
  /^[a-z0-9_-]+(?:\/[a-z0-9._-]+)+$/, // a path, an image
  /^[a-z]+(?:[._-][a-z]+)*$/i, // words
  /^(?:[a-z]+\d{0,2}(?:[._-][a-z]+\d{0,2})*|[A-Z]+\d{0,2}(?:[._-][A-Z]+\d{0,2})*)$/, // and numbered ones
  /^[a-z]+\d{0,2}(?:[A-Z][a-z]{2,}\d{0,2})*$/, // a name of a program
  /^[\w.-]+\.(?:js|ts|json|ya?ml|txt|pem|key|crt|py|go|rs|sh|env|com|org|net|io|dev|local|internal)$/i,
  /^https?:/i,
  /\\[.dwsbDWS]/, // a pattern
  /^(?:sha(?:1|256|384|512)|md5)[:-]/i,
  /^\$2[aby]\$|^\$argon2|^\$6\$|^pbkdf2|^\{SSHA\}/,
];

/** `quoted`: it stands between quotation marks, or where a whole line is name and value; else it may be a part of a program. */
export function isSecretValue(value: string, quoted: boolean): boolean {
  if (value.length < 8 || placeholders.test(value) || references.test(value)) return false;
  if (/^(.{1,4})\1{2,}/.test(value) || isSequence(value) || shapes.some((shape) => shape.test(value))) return false;
  if (!quoted && /[()[\]{}<>|\\]|\?[?.]|=>|&&|^\//.test(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  return kinds >= 2 && /\d|[^\w.-]/.test(value) && entropyOf(value) >= (value.length < 16 ? 2.5 : 3);
}

/** `12345678`, `abcdefgh`, `qwertyui`, whole or in front. */
function isSequence(value: string): boolean {
  const lower = value.toLowerCase();
  return ['0123456789012345', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdf'].some((row) =>
    Array.from({ length: row.length - 7 }, (_, at) => row.slice(at, at + 8)).some((part) => lower.startsWith(part)),
  );
}

/** Shannon's, in bits a character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  const total = Array.from(text).length;
  return [...counts.values()].reduce((sum, count) => sum - (count / total) * Math.log2(count / total), 0);
}
