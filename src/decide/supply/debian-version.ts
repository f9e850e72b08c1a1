// The order of Debian's versions (deb-version(7)): epoch, upstream, revision; `~` comes before everything, even the end.

export function isDebianVersion(text: string): boolean {
  return /^(?:\d{1,9}:)?\d[\w.+~:-]*$/.test(text);
}

export function compareDebian(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  return left.epoch - right.epoch || compareText(left.upstream, right.upstream) || compareText(left.revision, right.revision);
}

function partsOf(text: string) {
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? 0 : Number(text.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/** Runs of no digits and runs of digits in turn. */
function compareText(a: string, b: string): number {
  const [left, right] = [runsOf(a), runsOf(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const [one, other] = [left[at] ?? '', right[at] ?? ''];
    const order = at % 2 === 0 ? compareSigns(one, other) : compareDigits(one, other);
    if (order !== 0) return order;
  }
  return 0;
}

/** A text that begins with a digit begins with an empty run of no digits. */
function runsOf(text: string): readonly string[] {
  const runs: readonly string[] = text.match(/\d+|\D+/g) ?? [];
  return /^\d/.test(text) ? ['', ...runs] : runs;
}

function compareDigits(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}

function compareSigns(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const order = weightOf(a[at]) - weightOf(b[at]);
    if (order !== 0) return order;
  }
  return 0;
}

/** `~`, then the end, then letters, then all else. */
function weightOf(sign: string | undefined): number {
  if (sign === undefined) return 0;
  if (sign === '~') return -1;
  const code = sign.charCodeAt(0);
  return /[A-Za-z]/.test(sign) ? code : code + 256;
}
