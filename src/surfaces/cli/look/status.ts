// `status`: a table for each environment.
import { CodeError } from '../../../base/errors.ts';
import { visibleLine } from '../../../platform/guard/text.ts';
import type { DeploymentView, EnvironmentView } from '../api.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Paint, Style } from '../out.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';
import { driftLines } from './drift.ts';
import { watchLines } from './watch.ts';

type ServiceView = EnvironmentView['services'][number];

export async function status(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const input = { application: given.text('app'), environment: given.text('env') };
  const answer = await (await session.api()).call('apps.status', input);
  const { environments } = answer;
  if (environments.length === 0 && input.application !== undefined)
    throw new CodeError(
      'application_unknown',
      `${input.application} is not deployed here${input.environment ? ` in environment ${input.environment}` : ''}.`,
      {
        hint: 'Run "codectl status" to see what is.',
      },
    );
  out.document(answer);
  const nothing = 'Nothing is deployed. Run "codectl deploy" where the code.yaml is.';
  out.text(
    environments.length === 0
      ? nothing
      : environments.map((one) => environmentText(one, given.flag('instances'), out.paint, out.width)).join('\n\n'),
  );
  return exit.ok;
}

const styles: Readonly<Record<ServiceView['state'], Style>> = {
  healthy: 'green',
  degraded: 'yellow',
  down: 'red',
  rolling: 'cyan',
  scaled_to_zero: 'dim',
  idle: 'dim',
  unknown: 'yellow',
};

export function environmentText(environment: EnvironmentView, withInstances: boolean, paint: Paint, columns?: number): string {
  const { application, environment: name, runtime, state, unseen, deployment, last_deployment: last, lock, services } = environment;
  const rows = services.map((one) => [
    one.service,
    paint(styles[one.state], one.state),
    // What runs by its schedule or once has no instances that could be ready.
    one.state === 'idle' ? '' : `${one.state === 'unknown' ? '?' : one.ready}/${one.replicas}`,
    one.release,
    one.routes.join(' '),
    one.restarts === 0 ? '' : `${one.restarts} ${one.restarts === 1 ? 'restart' : 'restarts'}`,
  ]);
  return [
    `${paint('bold', application)} in ${name} (${runtime}): ${paint(styles[state], state)}`,
    unseen === undefined ? '' : paint('yellow', visibleLine(unseen)),
    ...deploymentLines(deployment, last),
    lock === undefined ? '' : paint('yellow', `locked by ${lock.by} since ${lock.at}: ${visibleLine(lock.message)}`),
    ...services.flatMap(({ service, pause }) => (pause ? [paint('yellow', `${service}: traffic is ${pause.kind}`)] : [])),
    tableText(['SERVICE', 'STATE', 'READY', 'RELEASE', 'ROUTES', ''], rows, paint, columns),
    ...driftLines(environment, paint),
    ...watchLines(environment, paint),
    ...services.flatMap((one) => keptLines(one, last)),
    ...services.flatMap(scaleLines),
    ...services.flatMap(({ service, unchecked }) => (unchecked ? [`  ${service}: went live without checks`] : [])),
    ...services.flatMap(unreadyLines),
    ...(withInstances
      ? [tableText(['INSTANCE', 'STATE', 'READY', 'ADDRESS', 'PID', 'STARTED'], services.flatMap(instanceRows), paint, columns)]
      : []),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function deploymentLines(running: DeploymentView | undefined, last: DeploymentView | undefined): readonly string[] {
  if (running)
    return [
      `${running.id} is under way${running.direction === 'reverting' ? ', reverting' : ''}${because(running)}`,
      ...stepLines(running),
    ];
  if (last && last.outcome !== 'succeeded') return [`last: ${last.id} ${last.outcome ?? ''}${because(last)}`];
  return [];
}

function stepLines({ id, services, paused }: DeploymentView): readonly string[] {
  const held = paused ? [`  paused by ${paused.by} since ${paused.at}${paused.reason === undefined ? '' : `: ${paused.reason}`}`] : [];
  const steps = services.flatMap(({ service, step, to }) =>
    step && to
      ? [
          `  ${service}: step ${step.number} of ${step.of}, ${percent(step.weight)} to ${to.release}${waitText(paused ? 'resume' : step.waits_for, id)}`,
        ]
      : [],
  );
  const verdicts = services.flatMap(({ service, analysis }) =>
    analysis
      ? [
          `  ${service}: ${analysis.requests.baseline} requests to the old, ${analysis.requests.canary} to the new: ${analysis.message}`,
          ...analysis.metrics.filter((one) => one.dry_run).map((one) => `  ${service}, dry run: ${one.verdict}: ${one.message}`),
        ]
      : [],
  );
  return [...held, ...steps, ...verdicts];
}

function waitText(waits: NonNullable<DeploymentView['services'][number]['step']>['waits_for'], id: string): string {
  switch (waits) {
    case 'resume':
      return `, waits for "codectl resume ${id}"`;
    case 'instances':
      return ', waits for its instances';
    case 'people':
      return `, waits for "codectl promote ${id}"`;
    case 'time':
      return ', holds for a while';
    case 'verdict':
      return ', waits for a verdict';
    case 'nothing':
      return '';
  }
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

function because({ reason }: DeploymentView): string {
  return reason === undefined ? '' : `: ${visibleLine(reason)}`;
}

/** They stand in the list of instances, and nobody asked for them. */
function keptLines({ service, kept }: ServiceView, last: DeploymentView | undefined): readonly string[] {
  if (!kept) return [];
  const { instances, release, until } = kept;
  const what = `${instances} ${instances === 1 ? 'instance' : 'instances'} of ${release}`;
  const why = last?.outcome === undefined ? '' : ` after ${last.id} ${last.outcome}`;
  return [`  ${service}: ${what} without traffic, kept until ${until ?? 'the next deployment'}${why} (abort_scale_down)`];
}

function scaleLines({ service, scale }: ServiceView): readonly string[] {
  if (!scale) return [];
  const pause = scale.pause ? ' (paused)' : '';
  return [`  ${service} scales from ${scale.min} to ${scale.max}${pause}: ${scale.current}, wanted ${scale.wanted}: ${scale.reason}`];
}

function unreadyLines({ instances }: ServiceView): readonly string[] {
  return instances.flatMap(({ id, ready, unready_because: because, not_enforced: limits }) => [
    ...(!ready && because !== undefined ? [`  ${id}: ${because}`] : []),
    ...(limits && limits.length > 0 ? [`  ${id}: not enforced: ${limits.join(', ')}`] : []),
  ]);
}

function instanceRows({ instances }: ServiceView): readonly (readonly string[])[] {
  return instances.map((one) => [
    one.id,
    one.state,
    one.ready ? 'yes' : 'no',
    one.address ?? '',
    one.pid === undefined ? '' : String(one.pid),
    one.started_at,
  ]);
}
