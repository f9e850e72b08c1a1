// The last words about a deployment: outcome, time, where it is to be reached; or why not, what it said last, and what to do next.
import { formatDuration } from '../../../base/units.ts';
import type { DeploymentView, RouteView } from '../api.ts';
import type { Paint } from '../out.ts';
import type { Session } from '../session.ts';

export interface Reach {
  /** `127.0.0.1:8080` */
  readonly listening: string;
  /** The same for requests over TLS. */
  readonly secure?: string;
  readonly routes: readonly RouteView[];
}

export async function conclude(session: Session, deployment: DeploymentView): Promise<void> {
  const { out } = session;
  out.item(deployment);
  if (out.json) return;
  const worked = deployment.outcome === 'succeeded' && deployment.kind !== 'remove';
  // It ended well without knowing this; a gateway that is busy is no reason to call it failed.
  const reach = worked ? await (await session.api()).call('traffic.routes').catch(() => undefined) : undefined;
  out.text(conclusionText(deployment, reach, out.paint));
}

export function conclusionText(deployment: DeploymentView, reach: Reach | undefined, paint: Paint): string {
  const { id, outcome = 'failed', duration_ms: took, reason, last_log: log = [] } = deployment;
  const after = took === undefined ? '' : ` after ${formatDuration(took)}`;
  const head = `${paint('bold', id)} ${paint(outcome === 'succeeded' ? 'green' : 'red', outcome)}${after}`;
  if (outcome === 'succeeded')
    return [head, ...returnLines(deployment), ...serviceLines(deployment), ...urlLines(deployment, reach)].join('\n');
  return [
    reason === undefined ? head : `${head}: ${reason}`,
    ...(log.length === 0 ? [] : ['last lines of the instance:', ...log.map((line) => paint('dim', `  │ ${line}`))]),
    `next: ${nextStep(deployment)}`,
  ].join('\n');
}

function returnLines({ returns }: DeploymentView): readonly string[] {
  if (!returns) return [];
  const { deployment, live_at: at, rolled_back_at: left } = returns;
  const what = `what ${deployment} made live at ${at}`;
  return [left === undefined ? `  back to ${what}` : `  forward again to ${what}, which was rolled back from at ${left}`];
}

function serviceLines({ services }: DeploymentView): readonly string[] {
  return services.map(({ service, from, to }) => {
    if (!to) return `  ${service}: removed`;
    const instances = `${to.replicas} ${to.replicas === 1 ? 'instance' : 'instances'}`;
    return from && from.release !== to.release
      ? `  ${service}: ${from.release} → ${to.release}, ${instances}`
      : `  ${service}: ${to.release}, ${instances}`;
  });
}

function urlLines({ application, environment }: DeploymentView, reach: Reach | undefined): readonly string[] {
  const mine = reach?.routes.filter(({ service }) => service.startsWith(`${application}/${environment}/`)) ?? [];
  return mine.map(({ host, path, tls }) => {
    const secure = tls?.redirect === true && reach?.secure !== undefined;
    const port = (secure ? reach.secure : reach?.listening)?.split(':').at(-1) ?? '';
    const usual = secure ? '443' : '80';
    return `  http${secure ? 's' : ''}://${host === '*' ? 'localhost' : host}${port === usual ? '' : `:${port}`}${path}`;
  });
}

/** A task that failed is named at the end of the reason. */
function taskHint(reason = ''): string {
  const task = /\(([a-z0-9-]+-t\d+)\)/.exec(reason)?.[1];
  return task === undefined ? '' : `"codectl jobs logs ${task}" tells what it said, `;
}

function nextStep({ id, application, environment, outcome, reason }: DeploymentView): string {
  const scope = `--app ${application} --env ${environment}`;
  const told = taskHint(reason);
  switch (outcome) {
    case 'failed_mixed':
      return `neither release is whole; look with "codectl status ${scope}", then deploy again or "codectl rollback ${scope}"`;
    case 'superseded':
      return `a newer deployment took over; see "codectl history ${scope}"`;
    case 'aborted':
    case 'cancelled':
      return `deploy again when ready, or try the same once more with "codectl retry ${id}"; "codectl history ${scope}" tells what happened`;
    case 'failed':
      return `nothing was left changed; ${told}"codectl events --deployment ${id}" tells each step`;
    case 'inconclusive':
      return `what was live before serves; "codectl retry ${id}" tries once more: send it more requests or allow more time (analysis.at_most), or go on without a verdict while it runs, with "codectl promote --full"`;
    case 'rolled_back':
    case 'succeeded':
    case undefined:
      return `what was live before serves; ${told}"codectl events --deployment ${id}" tells each step, "codectl logs ${scope}" what the instances say`;
  }
}
