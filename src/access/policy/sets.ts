// Which policies hold for one principal: the house's, one's own, and a link of a template for each thing that was granted to it.
import type { Grant, Principal } from '../../model/principal.ts';
import type { TemplateName } from './house.ts';
import { besides, guards, standing, templates } from './house.ts';
import type { PolicySet, WrittenPolicy } from './language.ts';
import type { Place } from './question.ts';
import { placeUid, uidOf } from './question.ts';

/** `outline`: without what depends on the change, to see early who can never be permitted something. */
export type Extent = 'whole' | 'outline';

/** Told of policies to those who ask. */
export interface PolicyDescription {
  readonly id: string;
  readonly origin: 'role' | 'house' | 'own';
  readonly effect: 'permit' | 'forbid';
  readonly because?: string;
  readonly text: string;
}

export function setFor(principal: Principal, own: readonly WrittenPolicy[], extent: Extent): PolicySet {
  const house = extent === 'whole' ? { ...standing, ...guards } : standing;
  const links = linksOf(principal);
  return {
    policies: {
      ...Object.fromEntries(own.map(({ id, text }) => [id, text])),
      ...Object.fromEntries(Object.entries(house).map(([id, { text }]) => [id, text])),
    },
    templates: Object.fromEntries(links.map(({ templateId }) => [unlinked(templateId), templates[templateId]])),
    links: links.map((one) => ({ ...one, templateId: unlinked(one.templateId) })),
  };
}

/** Templates and what is linked of them may not have the same ids. */
function unlinked(template: TemplateName): string {
  return `template of ${template}`;
}

/** Two principals with the same key are permitted the same. */
export function setKey({ id, kind, effects, grants = [] }: Principal, own: string, extent: Extent): string {
  return JSON.stringify([extent, own, kind, id, effects, grants.map(({ role, ...place }) => [role, scopeName(place)])]);
}

/** Ids that policies of one's own may not have. */
export function isTaken(id: string): boolean {
  return id in templates || id in standing || id in guards || id.includes('@') || id.startsWith('own.');
}

/** Everything that is in force, in the order in which people think of it. */
export function describeAll(own: readonly WrittenPolicy[]): readonly PolicyDescription[] {
  return [
    ...own.map((one): PolicyDescription => ({ ...one, origin: 'own' })),
    ...Object.entries({ ...standing, ...guards }).map(
      ([id, one]): PolicyDescription => ({ id, origin: 'house', effect: 'forbid', ...one }),
    ),
    ...Object.entries(templates).map(([id, text]): PolicyDescription => ({ id, origin: 'role', effect: 'permit', text })),
  ];
}

/** The policies of these ids, as they decided: `operator@shop/staging` is the template `operator`. */
export function describe(ids: readonly string[], own: readonly WrittenPolicy[]): readonly PolicyDescription[] {
  const all = new Map(describeAll(own).map((one) => [one.id, one]));
  return ids.flatMap((id) => {
    const found = all.get(id) ?? all.get(id.split('@')[0] ?? '');
    return found ? [{ ...found, id }] : [];
  });
}

/** `shop/staging`, `shop`, or the engine. */
export function scopeName({ application, environment }: Place): string {
  if (application === undefined) return 'engine';
  return environment === undefined ? application : `${application}/${environment}`;
}

interface Link {
  readonly templateId: TemplateName;
  readonly newId: string;
  readonly values: Record<string, { readonly type: string; readonly id: string }>;
}

function linksOf(principal: Principal): readonly Link[] {
  const { effects, grants = [] } = principal;
  const values = { '?principal': uidOf(principal) };
  const linked = grants.map((grant): Link => ({ ...named(grant), values: { ...values, '?resource': placeUid(grant) } }));
  const extra = [...new Set(grants.flatMap(({ role }) => besides[role]))];
  const single = isAdmin(grants) ? [] : effects.map((one) => `may-${one}` as const);
  const plain = [...extra, ...single].map((templateId): Link => ({ templateId, newId: templateId, values }));
  return [...new Map([...linked, ...plain].map((one) => [one.newId, one])).values()];
}

function named({ role, ...place }: Grant): Pick<Link, 'templateId' | 'newId'> {
  return { templateId: role, newId: place.application === undefined ? role : `${role}@${scopeName(place)}` };
}

/** Of the whole engine: effects add nothing to it. */
export function isAdmin(grants: readonly Grant[] = []): boolean {
  return grants.some(({ role, application }) => role === 'admin' && application === undefined);
}
