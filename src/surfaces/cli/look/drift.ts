// What was changed behind the engine's back, in a few lines: what repeats is told once, with how often and what it was the last time.
import type { EnvironmentView } from '../api.ts';
import type { Paint, Style } from '../out.ts';

type DriftView = EnvironmentView['drift'][number];

/** So many are shown; `events` tells each. */
const linesShown = 3;

export function driftLines({ application, environment, drift }: EnvironmentView, paint: Paint): readonly string[] {
  // What is not repaired matters more than what is, then what is newer.
  const groups = groupsOf(drift)
    .toReversed()
    .toSorted((a, b) => Number(a.lead.state === 'repaired') - Number(b.lead.state === 'repaired'));
  const lines = groups.slice(0, linesShown).map((one) => paint(styles[one.lead.state], groupText(one)));
  const left = groups.slice(linesShown).reduce((sum, one) => sum + one.count, 0);
  return left === 0 ? lines : [...lines, `drift: and ${left} more; see "codectl events --app ${application} --env ${environment}"`];
}

const styles: Readonly<Record<DriftView['state'], Style>> = { repairing: 'yellow', repaired: 'dim', refused: 'red' };

/** The same kind of thing, once or again and again. */
interface Group {
  /** The newest that is not repaired, else the newest. */
  readonly lead: DriftView;
  readonly count: number;
  /** When the first was found. */
  readonly since: string;
}

/** `drift` has the oldest first; groups are in the order of the last of each. */
function groupsOf(drift: readonly DriftView[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const one of drift) {
    const key = keyOf(one);
    const before = groups.get(key);
    const lead = before && before.lead.state !== 'repaired' && one.state === 'repaired' ? before.lead : one;
    groups.delete(key);
    groups.set(key, { lead, count: (before?.count ?? 0) + 1, since: before?.since ?? one.found_at });
  }
  return [...groups.values()];
}

/** Instances of one service end in many ways; what cannot be repaired is never hidden behind what was. */
function keyOf({ kind, service, subject, message, state, because }: DriftView): string {
  const what = service ?? message.replaceAll(subject, '');
  return `${kind} ${what} ${state === 'refused' ? because : ''}`;
}

function groupText({ lead, count, since }: Group): string {
  const often = count === 1 ? '' : `${count} times since ${since}, the last: `;
  return `drift: ${lead.service === undefined ? '' : `${lead.service}: `}${often}${lead.message}, at ${lead.found_at}: ${endOf(lead)}`;
}

function endOf({ state, because, repaired_at: at }: DriftView): string {
  switch (state) {
    case 'repaired':
      return `repaired${at === undefined ? '' : ` at ${at}`}`;
    case 'repairing':
      return `being repaired${because === undefined ? '' : `: ${because}`}`;
    case 'refused':
      return `cannot be repaired: ${because ?? 'the reason is not known'}`;
  }
}
