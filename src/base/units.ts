// Branded quantities: what crosses a function's border is a number with its unit in the type, parsed once at the edge.

declare const unit: unique symbol;
type Branded<Name extends string> = number & { readonly [unit]?: Name };

/** Milliseconds. */
export type Duration = Branded<'ms'>;
/** Bytes. */
export type Bytes = Branded<'bytes'>;
/** A share of a whole, 0 to 1. */
export type Share = Branded<'share'>;

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Decimal and binary prefixes (SI, IEC 80000-13), as manifests and the Kubernetes API write them. */
export const multiples: Readonly<Record<string, number>> = {
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};
const byteUnits: Readonly<Record<string, number>> = { ...multiples, B: 1, K: 1e3 };

/** Reads `250ms`, `10s`, `1.5m`, `2h`, `1h30m`; `undefined` if the text is none of these. */
export function parseDuration(text: string): Duration | undefined {
  if (!/^(?:\d{1,9}(?:\.\d{1,6})?(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, name] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    total += Number(amount) * (durationUnits[name ?? ''] ?? Number.NaN);
  return Math.round(total);
}

/** Reads `256Mi`, `1.5G`, `1024` (bytes); `undefined` if the text is none of these. */
export function parseBytes(text: string): Bytes | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)(B|k|K|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(text);
  if (!match) return undefined;
  return Math.round(Number(match[1]) * (byteUnits[match[2] ?? 'B'] ?? Number.NaN));
}

/** Reads `5%` or `99.9%`; `undefined` if the text is not a percentage from 0 to 100. */
export function parseShare(text: string): Share | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,9})?)%$/.exec(text);
  if (!match) return undefined;
  const percent = Number(match[1]);
  // 99.9 / 100 is 0.9990000000000001; eleven digits hold everything that the form above can say.
  return percent <= 100 ? Number((percent / 100).toFixed(11)) : undefined;
}

/** The shortest text that `parseDuration` reads back for whole units; for people otherwise (`1.2s`, `3m20s`). */
export function formatDuration(ms: Duration): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${trim(ms / 1000, ms < 10_000 ? 2 : 1)}s`;
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  return [h && `${h}h`, m && `${m}m`, s && `${s}s`].filter(Boolean).join('');
}

export function formatBytes(bytes: Bytes): string {
  const steps = [
    ['Gi', 2 ** 30],
    ['Mi', 2 ** 20],
    ['Ki', 2 ** 10],
  ] as const;
  for (const [name, size] of steps) if (bytes >= size) return `${trim(bytes / size, 1)}${name}`;
  return `${bytes}B`;
}

export function formatShare(share: Share): string {
  return `${trim(share * 100, 3)}%`;
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
