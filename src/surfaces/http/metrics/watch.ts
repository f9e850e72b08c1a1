// What the runtime watch found, for /metrics and for alerts on it.
import type { WatchReport } from '../../../model/watch/watch.ts';
import { severityOf } from '../../../model/watch/watch.ts';
import { family, sample } from './exposition.ts';

export function watchLines({ findings, notMeasured, told }: WatchReport): readonly string[] {
  const labelsOf = ({ kind, scope, service }: WatchReport['told'][number]) => ({ ...scope, service, kind, severity: severityOf[kind] });
  const open = Map.groupBy(findings, ({ kind, scope, service }) => JSON.stringify(labelsOf({ kind, scope, service, count: 0 })));
  const blind = Map.groupBy(notMeasured, ({ scope, service, what }) => JSON.stringify({ ...scope, service, what }));
  return [
    ...family('codectl_watch_findings_total', 'counter', 'Findings of the runtime watch since the daemon was started.'),
    ...told.map((one) => sample('codectl_watch_findings_total', labelsOf(one), one.count)),
    ...family('codectl_watch_open', 'gauge', 'Findings of the runtime watch that stand now.'),
    ...[...open].map(([labels, all]) => sample('codectl_watch_open', JSON.parse(labels) as Record<string, string>, all.length)),
    ...family('codectl_watch_not_measured', 'gauge', 'What the runtime watch cannot see now, always 1.'),
    ...[...blind.keys()].map((labels) => sample('codectl_watch_not_measured', JSON.parse(labels) as Record<string, string>, 1)),
  ];
}
