// Components against advisories: findings, each by its record, and for each ecosystem whether it was measured. No data is never a pass.
import type { Advisory, AdvisoryHarvest, Affected } from '../../model/supply/advisory.ts';
import type { Component, Inventory, Measured } from '../../model/supply/component.ts';
import type { EcosystemVerdict, Finding, Rating, ScanVerdict } from '../../model/supply/finding.ts';
import { ratings } from '../../model/supply/finding.ts';
import { affects, fixedIn, isAbout } from './affects.ts';
import { mergeAliases } from './merge.ts';
import { severityOf } from './severity.ts';
import { orderOf, shelfOf } from './versions.ts';

export interface ScanQuestion {
  readonly inventory: Inventory;
  /** Absent: there is no database. */
  readonly harvest: AdvisoryHarvest | undefined;
  /** In milliseconds since the epoch. */
  readonly now: number;
  /** A database whose newest record is older finds, but passes nothing. */
  readonly maxAge: number;
  /** Findings below it are told and do not count; those of unknown severity do. */
  readonly atLeast?: Rating;
}

export function decideScan(question: ScanQuestion): ScanVerdict {
  const { inventory, harvest, atLeast = 'none' } = question;
  const judged = inventory.components.map((component) => judge(component, harvest?.advisories ?? []));
  const findings = mergeAliases(judged.flatMap((one) => one.findings));
  const unjudged = judged.flatMap((one) => one.unknown);
  const shelves = new Set(inventory.components.map(({ advised }) => shelfOf(advised.ecosystem)));
  const ecosystems = [...shelves].sort().map((name) => ecosystemVerdict(name, question, findings, unjudged));
  const unmeasured = [
    ...(inventory.components.length === 0 ? ['no component was found'] : []),
    ...ecosystems.flatMap(({ ecosystem, because }) => (because === undefined ? [] : [`${ecosystem}: ${because}`])),
    ...inventory.unread.map(({ path, because }) => `${path}: ${because}`),
  ];
  const counting = findings.some(({ severity }) => severity === undefined || isAtLeast(severity.rating, atLeast));
  const state = counting ? 'not_met' : unmeasured.length > 0 ? 'not_measured' : 'met';
  return { state, findings, ecosystems, unmeasured };
}

export function isAtLeast(rating: Rating, least: Rating): boolean {
  return ratings.indexOf(rating) >= ratings.indexOf(least);
}

interface Judged {
  readonly findings: readonly Finding[];
  readonly unknown: readonly Unknown[];
}

interface Unknown {
  readonly component: Component;
  readonly advisory: string;
}

function judge(component: Component, advisories: readonly Advisory[]): Judged {
  const { advised } = component;
  const findings: Finding[] = [];
  const unknown: Unknown[] = [];
  for (const advisory of advisories) {
    if (advisory.withdrawn) continue;
    const about = advisory.affected.filter((one) => isAbout(one, advised));
    const answers = new Set(about.map((one) => affects(one, advised)));
    if (answers.has('affected')) findings.push(findingOf(component, advisory, about));
    else if (answers.has('unknown')) unknown.push({ component, advisory: advisory.id });
  }
  return { findings, unknown };
}

function findingOf(component: Component, advisory: Advisory, about: readonly Affected[]): Finding {
  const severity = severityOf([...about.flatMap((one) => one.severity), ...advisory.severity]);
  return {
    id: advisory.id,
    aliases: [...advisory.aliases].sort(),
    purl: component.purl,
    version: component.version,
    fixed: [...new Set(about.flatMap(fixedIn))],
    ...(severity && { severity }),
    ...(advisory.summary !== undefined && { summary: advisory.summary }),
    sources: [advisory.source],
    modified: advisory.modified,
    found: component.found,
  };
}

function ecosystemVerdict(
  ecosystem: string,
  { inventory, harvest, now, maxAge }: ScanQuestion,
  findings: readonly Finding[],
  unknown: readonly Unknown[],
): EcosystemVerdict {
  const own = inventory.components.filter(({ advised }) => shelfOf(advised.ecosystem) === ecosystem);
  const shelf = harvest?.shelves[ecosystem];
  const purls = new Set(own.map(({ purl }) => purl));
  const mine = unknown.filter(({ component }) => purls.has(component.purl));
  const because = gapOf(ecosystem, own, mine, harvest, now - maxAge);
  const found = findings.some(({ purl }) => purls.has(purl));
  const state: Measured = found ? 'not_met' : because === undefined ? 'met' : 'not_measured';
  return { ecosystem, components: own.length, state, ...(because !== undefined && { because }), ...shelf };
}

/** Why nothing can be said of an ecosystem as a whole. */
function gapOf(
  ecosystem: string,
  own: readonly Component[],
  unknown: readonly Unknown[],
  harvest: AdvisoryHarvest | undefined,
  oldest: number,
): string | undefined {
  if (harvest === undefined) return 'no database of advisories is named (setting advisories)';
  const shelf = harvest.shelves[ecosystem];
  if (!shelf || (shelf.records === 0 && shelf.asked === undefined)) return 'the database has no records of it';
  const broken = harvest.broken[0];
  if (broken) return `${harvest.broken.length} of the database's files cannot be read, such as ${broken.source}: ${broken.because}`;
  const order = orderOf(ecosystem);
  if (!order) return 'the order of its versions is not known here';
  const odd = own.find(({ advised }) => !order.reads(advised.version));
  if (odd) return `the version of ${odd.purl} cannot be read`;
  const loose = own.find(({ advised }) => needsRelease(ecosystem) && !advised.ecosystem.includes(':'));
  if (loose) return `of which release ${loose.purl} is was not found`;
  const [first] = unknown;
  if (first) return `${unknown.length} advisories cannot be judged, such as ${first.advisory} for ${first.component.purl}`;
  return shelf.asOf < oldest ? `the newest record of the database is from ${new Date(shelf.asOf).toISOString().slice(0, 10)}` : undefined;
}

function needsRelease(ecosystem: string): boolean {
  return ecosystem === 'Debian' || ecosystem === 'Ubuntu' || ecosystem === 'Alpine';
}
