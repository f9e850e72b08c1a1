// What the runtime watch found, as callers see it: in the environment that it is about.
import type { z } from 'zod';
import type { Scope } from '../model/instance.ts';
import type { WatchReport } from '../model/watch/watch.ts';
import { severityOf } from '../model/watch/watch.ts';
import type { environmentView, watchView } from './schemas.ts';

type EnvironmentView = z.infer<typeof environmentView>;

export function withWatch(view: EnvironmentView, report: WatchReport | undefined): EnvironmentView {
  if (!report) return view;
  const mine = ({ scope }: { readonly scope: Scope }): boolean =>
    scope.application === view.application && scope.environment === view.environment;
  const watch: z.infer<typeof watchView> = {
    findings: report.findings.filter(mine).map(({ kind, service, instance, what, message, since }) => ({
      kind,
      severity: severityOf[kind],
      service,
      ...(instance !== undefined && { instance }),
      what,
      message,
      since: new Date(since).toISOString(),
    })),
    not_measured: report.notMeasured.filter(mine).map(({ service, what, because }) => ({ service, what, because })),
  };
  return { ...view, watch };
}
