// Addresses on the web that nobody registered, read so that no two parsers can disagree about where they lead (RFC 3986, WHATWG URL).
import { isIP } from 'node:net';
import { domainToUnicode } from 'node:url';
import { visibleLine } from '../text.ts';

export type Target =
  | { readonly kind: 'target'; readonly url: URL; readonly host: string }
  | { readonly kind: 'refused'; readonly because: string };

const longest = 16_384;
const form = /^https?:\/\/([^/?#]+)([/?#].*)?$/i;
/** Names that are only meant inside some network: RFC 6761, 6762, 7686, 8375, ICANN's `internal`, and those of homes and offices. */
const privateDomains = new Set(
  'localhost local localdomain internal intranet private corp home lan arpa onion invalid test example alt cluster consul'.split(' '),
);

/**
 * For an address that an answer or another program gave us. Only plain `http(s)://host[:port]/…`: no user, no number in disguise, no
 * script mixed to look like another; `ports` besides 80 and 443 are those that the caller speaks to already.
 */
export function strangerTarget(text: string, ports: readonly string[] = []): Target {
  const authority = form.exec(text)?.[1];
  const because = textProblem(text, authority);
  if (because !== undefined || authority === undefined || !URL.canParse(text)) return refused(because ?? 'it is no address of the web');
  const url = new URL(text);
  const problem = hostProblem(authority, url) ?? portProblem(url, ports);
  return problem === undefined ? { kind: 'target', url, host: hostOf(url) } : refused(problem);
}

/** The host as it is connected to: an address without brackets, a name without the dot of the root. */
export function hostOf({ hostname }: URL): string {
  return withoutRootDot(hostname.replace(/^\[|\]$/g, ''));
}

/** `example.org.` is `example.org` (RFC 1034, 3.1). */
export function withoutRootDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host;
}

export function isPrivateName(host: string): boolean {
  if (isIP(host) !== 0) return false;
  const labels = withoutRootDot(host.toLowerCase()).split('.');
  return labels.length < 2 || privateDomains.has(labels.at(-1) ?? '') || isMetadataName(host);
}

const metadataNames = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data', 'instance-data.ec2.internal']);

/** Where clouds answer by name on machines of their own: known here or not, nobody means it. */
export function isMetadataName(host: string): boolean {
  return metadataNames.has(withoutRootDot(host.toLowerCase()));
}

function textProblem(text: string, authority: string | undefined): string | undefined {
  if (text.length > longest) return `it is longer than ${longest} characters`;
  if (visibleLine(text) !== text || /\s/u.test(text)) return 'it holds blanks or characters that are not seen';
  if (authority === undefined) return 'it does not begin with http:// or https:// and a host';
  if (authority.includes('@')) return 'it holds a user';
  // Some parsers end the host there, others go on; some take `\` for `/`.
  return /[\\%;,&$!*'"<>^`{|}]/.test(authority) || /^[^?#]*\\/.test(text) ? 'its host holds characters that no host has' : undefined;
}

function hostProblem(authority: string, url: URL): string | undefined {
  const written = authority.replace(/:\d*$/, '').replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const host = hostOf(url);
  if (authority.endsWith(':') || /:0\d/.test(authority.slice(written.length))) return 'its port is written oddly';
  // Octal, hexadecimal, shortened and wide digits all become an address in the end (RFC 3986, 7.4).
  if (isIP(host) === 4 && written !== host) return 'its host is an address in disguise';
  if (isIP(host) === 0 && !isName(host)) return 'its host is no name';
  if (isIP(host) === 0 && !isHonest(written, host)) return 'its host mixes scripts, or becomes another name';
  return isPrivateName(host) ? 'its host is a name of some private network' : undefined;
}

function portProblem({ port }: URL, ports: readonly string[]): string | undefined {
  return ['', '80', '443', ...ports].includes(port) ? undefined : `its port ${port} is not one of the web`;
}

/** Labels as RFC 1123 has them, and an underscore, which names of services begin with. */
function isName(host: string): boolean {
  return host.length <= 253 && host.split('.').every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?$/.test(label));
}

const alone = [
  /^[\p{sc=Latn}\d_-]+$/u,
  /^[\p{sc=Grek}\d-]+$/u,
  /^[\p{sc=Arab}\p{Nd}-]+$/u,
  /^[\p{sc=Hebr}\d-]+$/u,
  /^[\p{sc=Deva}\p{M}\d-]+$/u,
];
const withLatin = [/^[a-z\d\p{sc=Han}\p{sc=Hira}\p{sc=Kana}ー々-]+$/u, /^[a-z\d\p{sc=Hang}\p{sc=Han}-]+$/u, /^[\p{sc=Thai}\d-]+$/u];
const cyrillic = /^[\p{sc=Cyrl}\d-]+$/u;
/** Cyrillic that could be read as Latin altogether (`сосо.com`): some letter has to be its own. */
const ownCyrillic = /[бвгджзийлмнптфцчшщъыьэюяёѓєїќљњћђџґ]/;

/** One script a label, or those that Chinese, Japanese and Korean write together (UTS #39, "highly restrictive"), and it stays what was written. */
function isHonest(written: string, host: string): boolean {
  const shown = domainToUnicode(host);
  const kept = withoutRootDot(written).normalize('NFC');
  if (kept !== host && kept !== shown) return false;
  const labels = shown.split('.');
  if (
    labels.some((label) => label.startsWith('xn--')) ||
    (labels.some((label) => cyrillic.test(label.replace(/^[\d-]+$/, ''))) && !ownCyrillic.test(shown))
  )
    return false;
  return host === shown || labels.every((label) => [...alone, ...withLatin, cyrillic].some((script) => script.test(label)));
}

function refused(because: string): Target {
  return { kind: 'refused', because };
}
