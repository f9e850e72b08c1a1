// Whether an advisory is about a version: the evaluation that the OSV schema describes, with a third answer where a version cannot be read.
import type { Affected, AffectedRange, RangeEvent } from '../../model/supply/advisory.ts';
import type { AdvisedName } from '../../model/supply/component.ts';
import type { VersionOrder } from './versions.ts';
import { orderOfRange, shelfOf } from './versions.ts';

export type Answer = 'affected' | 'unaffected' | 'unknown';

/** Of the same package; of a distribution's also of the same release, where both name one. */
export function isAbout({ package: named }: Affected, { ecosystem, name }: AdvisedName): boolean {
  if (!named || named.name !== name || shelfOf(named.ecosystem) !== shelfOf(ecosystem)) return false;
  const [release, own] = [releaseIn(named.ecosystem), releaseIn(ecosystem)];
  return release === undefined || own === undefined || release === own;
}

/** `Ubuntu:22.04:LTS` → `22.04` */
function releaseIn(ecosystem: string): string | undefined {
  return ecosystem.split(':').find((part) => /^v?\d/.test(part));
}

/** Of an entry that is about the package. */
export function affects({ ranges, versions, package: named }: Affected, { ecosystem, version }: AdvisedName): Answer {
  if (versions.includes(version)) return 'affected';
  const judged = ranges.filter((range) => range.type !== 'GIT');
  const answers = new Set(judged.map((range) => inRange(range, named?.ecosystem ?? ecosystem, version)));
  if (answers.has('affected')) return 'affected';
  // Commits say nothing of versions: what only they tell is not known.
  if (answers.has('unknown') || (judged.length === 0 && versions.length === 0)) return 'unknown';
  return 'unaffected';
}

/** Where versions stop being affected. */
export function fixedIn({ ranges }: Affected): readonly string[] {
  return ranges
    .filter(({ type }) => type !== 'GIT')
    .flatMap(({ events }) => events.flatMap(({ fixed }) => (fixed === undefined ? [] : [fixed])));
}

function inRange({ type, events }: AffectedRange, ecosystem: string, version: string): Answer {
  const order = orderOfRange(type, ecosystem);
  if (!order?.reads(version)) return 'unknown';
  const steps = events.map(stepOf);
  const read = steps.flatMap((step) => (step && (step.at === '0' || order.reads(step.at)) ? [step] : []));
  if (read.length < steps.length) return 'unknown';
  const limits = read.filter(({ kind }) => kind === 'limit');
  if (limits.length > 0 && !limits.some(({ at }) => order.compare(version, at) < 0)) return 'unaffected';
  return isWithin(read, order, version) ? 'affected' : 'unaffected';
}

/** The state after all steps that the version has come past. */
function isWithin(steps: readonly Step[], order: VersionOrder, version: string): boolean {
  let within = false;
  for (const { kind, at } of [...steps].sort((a, b) => compareAt(order, a.at, b.at))) {
    const past = at === '0' ? 1 : order.compare(version, at);
    if (kind === 'introduced' && past >= 0) within = true;
    else if (kind === 'fixed' && past >= 0) within = false;
    else if (kind === 'last_affected' && past > 0) within = false;
  }
  return within;
}

interface Step {
  readonly kind: keyof RangeEvent;
  readonly at: string;
}

const kinds = ['introduced', 'fixed', 'last_affected', 'limit'] as const;

function stepOf(event: RangeEvent): Step | undefined {
  const kind = kinds.find((one) => event[one] !== undefined);
  const at = kind === undefined ? undefined : event[kind];
  return kind === undefined || at === undefined ? undefined : { kind, at };
}

/** `0` comes before every version. */
function compareAt(order: VersionOrder, a: string, b: string): number {
  if (a === '0' || b === '0') return a === b ? 0 : a === '0' ? -1 : 1;
  return order.compare(a, b);
}
