// One weakness is recorded by several databases under several names: one finding for each component, with all of its records.
import type { Finding } from '../../model/supply/finding.ts';
import { ratings } from '../../model/supply/finding.ts';

/** The worst first, then by component and id. */
export function mergeAliases(findings: readonly Finding[]): readonly Finding[] {
  const groups: Finding[] = [];
  for (const finding of [...findings].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const same = groups.filter((group) => group.purl === finding.purl && namesOf(group).some((name) => namesOf(finding).includes(name)));
    // A record may tie two together that knew nothing of each other.
    for (const one of same) groups.splice(groups.indexOf(one), 1);
    groups.push(same.reduce(together, finding));
  }
  return groups.sort((a, b) => rank(b) - rank(a) || order(a.purl, b.purl) || order(a.id, b.id));
}

function namesOf({ id, aliases }: Finding): readonly string[] {
  return [id, ...aliases];
}

function together(a: Finding, b: Finding): Finding {
  const [first, second] = a.id < b.id ? [a, b] : [b, a];
  const names = new Set([...namesOf(first), ...namesOf(second)]);
  names.delete(first.id);
  const severity = (a.severity?.score ?? -1) >= (b.severity?.score ?? -1) ? a.severity : b.severity;
  const summary = first.summary ?? second.summary;
  return {
    ...first,
    aliases: [...names].sort(),
    fixed: [...new Set([...first.fixed, ...second.fixed])],
    ...(severity && { severity }),
    ...(summary !== undefined && { summary }),
    sources: [...new Set([...first.sources, ...second.sources])],
    modified: Math.max(a.modified, b.modified),
  };
}

function rank({ severity }: Finding): number {
  return severity ? ratings.indexOf(severity.rating) * 100 + severity.score : -1;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
