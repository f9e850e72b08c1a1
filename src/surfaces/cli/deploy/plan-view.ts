// A plan for people: what changes, from what to what, and what to think of before saying yes.
import type { PlanView } from '../api.ts';
import { exit } from '../exit-codes.ts';
import type { Paint, Style } from '../out.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';

type Change = PlanView['changes'][number];

const styles: Readonly<Record<Change['kind'], Style>> = { create: 'green', replace: 'yellow', update: 'yellow', keep: 'dim', stop: 'red' };

export function planText(plan: PlanView, paint: Paint, columns?: number): string {
  const rows = plan.changes.map((change) => [
    change.service,
    paint(styles[change.kind], change.kind),
    shift(change.from?.release, change.to?.release),
    shift(change.from?.replicas.toString(), change.to?.replicas.toString()),
    change.reason,
  ]);
  const title = `${paint('bold', `${plan.kind} ${plan.application}`)} in ${plan.environment}, runtime ${plan.runtime}, plan ${plan.plan_id}`;
  const risk = plan.risk === 'none' ? [] : [`risk: ${paint(plan.risk === 'high' ? 'red' : 'yellow', plan.risk)}`];
  const warnings = plan.warnings.map((one) => `${paint('yellow', 'warning:')} ${one}`);
  const approval = approvalText(plan).map((one) => `${paint('yellow', 'approval:')} ${one}`);
  const table = tableText(['SERVICE', 'CHANGE', 'RELEASE', 'REPLICAS', 'REASON'], rows, paint, columns);
  return [title, ...(table === '' ? [] : [table]), ...warnings, ...risk, ...approval].join('\n');
}

function approvalText({ approvals_needed: needed, approved_by: by, plan_id }: PlanView): readonly string[] {
  if (needed === 0) return [];
  const people = needed === 1 ? 'one person who did not ask for it' : `${needed} people who did not ask for it`;
  return [
    `needs ${people} (codectl approve ${plan_id}); ${by.length === 0 ? 'nobody has approved it yet' : `approved by ${by.join(', ')}`}`,
  ];
}

export function show({ out }: Session, made: PlanView): number {
  out.document(made);
  out.text(planText(made, out.paint, out.width));
  return exit.ok;
}

export function changesNothing(plan: PlanView): boolean {
  return plan.changes.every((change) => change.kind === 'keep');
}

function shift(from: string | undefined, to: string | undefined): string {
  if (from === undefined || to === undefined || from === to) return to ?? from ?? '';
  return `${from} → ${to}`;
}
