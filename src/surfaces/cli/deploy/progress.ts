// How far a deployment is, as a pure function of its events, and the words for it.
import { visibleLine } from '../../../platform/guard/text.ts';
import type { DeploymentView, EventView } from '../api.ts';
import type { Paint } from '../out.ts';

export interface Progress {
  readonly deployment: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly reverting: boolean;
  readonly services: readonly ServiceProgress[];
}

export interface ServiceProgress {
  readonly service: string;
  readonly stage: string;
  readonly ready: number;
  readonly wanted: number;
  /** Share of the traffic, where it is decided. */
  readonly weight?: number;
  readonly since: number;
}

export function begin({ id, started_at, direction, services }: DeploymentView): Progress {
  const startedAt = Date.parse(started_at);
  return {
    deployment: id,
    startedAt,
    reverting: direction === 'reverting',
    services: services.map(({ service, stage, to }) => ({ service, stage, ready: 0, wanted: to?.replicas ?? 0, since: startedAt })),
  };
}

export function progressAfter(progress: Progress, event: EventView): Progress {
  if (event.kind === 'deployment.turned') return { ...progress, reverting: true };
  if (event.kind !== 'service.stage' && event.kind !== 'service.progress' && event.kind !== 'service.step') return progress;
  const services = progress.services.map((one) => (one.service === event.service ? serviceAfter(one, event) : one));
  return { ...progress, services };
}

function serviceAfter(before: ServiceProgress, { at, facts = {} }: EventView): ServiceProgress {
  const number = (value: unknown, otherwise: number) => (typeof value === 'number' ? value : otherwise);
  const stage = typeof facts['stage'] === 'string' ? facts['stage'] : before.stage;
  return {
    service: before.service,
    stage,
    ready: number(facts['ready'], before.ready),
    wanted: number(facts['wanted'], before.wanted),
    ...(typeof facts['weight'] === 'number' && { weight: facts['weight'] }),
    since: stage === before.stage ? before.since : Date.parse(at),
  };
}

/** The end is told by the summary. */
export function isWorthTelling({ kind }: EventView): boolean {
  return (
    kind.startsWith('service.') ||
    kind.startsWith('task.') ||
    kind === 'deployment.started' ||
    kind === 'deployment.turned' ||
    kind === 'instance.exited'
  );
}

/** `[  1.2s] api: 2 of 3 ready` */
export function eventLine({ startedAt }: Progress, { at, message }: EventView): string {
  return `[${secondsText(Date.parse(at) - startedAt).padStart(6)}] ${visibleLine(message)}`;
}

/** One row for each service, none wider than `columns`. */
export function rows({ services, reverting }: Progress, { now, frame, columns, paint }: Look): readonly string[] {
  const width = Math.max(...services.map((one) => one.service.length), 0);
  return services.map((one) => {
    const settled = one.stage === 'settled';
    const mark = settled ? '✔' : one.stage === 'waiting' ? '·' : (spinner[frame % spinner.length] ?? '');
    const words = reverting && !settled ? `reverting, ${one.stage}` : one.stage;
    const text = `${mark} ${one.service.padEnd(width)}  ${figures(one)}${words}${settled ? '' : ` ${secondsText(now - one.since)}`}`;
    return paint(settled ? 'green' : reverting ? 'yellow' : one.stage === 'waiting' ? 'dim' : 'cyan', fit(text, columns));
  });
}

/** What has no instances is not counted. */
function figures({ ready, wanted, weight }: Progress['services'][number]): string {
  const count = wanted === 0 && ready === 0 ? '' : `${ready}/${wanted} ready  `;
  return weight === undefined ? count : `${count}${Math.round(weight * 1000) / 10} % of the traffic  `;
}

export interface Look {
  readonly now: number;
  /** Counts up while it is redrawn. */
  readonly frame: number;
  readonly columns: number;
  readonly paint: Paint;
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

function fit(text: string, columns: number): string {
  return text.length < columns ? text : `${text.slice(0, Math.max(0, columns - 2))}…`;
}

function secondsText(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)}s`;
}
