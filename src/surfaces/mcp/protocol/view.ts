// What operations tell of something that lasts, read as a task: whether it has ended, since when, and how it goes in a few words.
import { cleaned } from '../clean.ts';
import type { Json } from '../schema.ts';
import { isObject } from '../schema.ts';
import type { Task } from './task.ts';

/** The members that all of them have; a state, a reason and services with their stages where there are such. */
export interface View extends Json {
  readonly id: string;
  readonly outcome?: string;
}

export function isView(value: unknown): value is View {
  return isObject(value) && typeof value['id'] === 'string';
}

export function idIn(value: Json | undefined): string | undefined {
  return isView(value) ? value.id : undefined;
}

const cancelled: ReadonlySet<string> = new Set(['cancelled', 'aborted', 'interrupted']);
const good: ReadonlySet<string> = new Set(['succeeded', 'passed']);

/** `completed` whatever the outcome: that tells whether it went well. */
export function endOf(view: View): 'completed' | 'cancelled' | undefined {
  const outcome = outcomeOf(view);
  if (outcome === undefined) return undefined;
  return cancelled.has(outcome) ? 'cancelled' : 'completed';
}

export function wentWell(view: View): boolean {
  const outcome = outcomeOf(view);
  return outcome === undefined || good.has(outcome);
}

/** Of a trial it is called its verdict. */
function outcomeOf({ outcome, verdict }: View): string | undefined {
  return outcome ?? (typeof verdict === 'string' ? verdict : undefined);
}

export function taskOf(taskId: string, view: View, pollIntervalMs: number): Task {
  const now = new Date().toISOString();
  const at = (...names: readonly string[]): string | undefined => names.map((name) => view[name]).find((one) => typeof one === 'string');
  return {
    taskId,
    status: endOf(view) ?? 'working',
    statusMessage: wordsOf(view),
    createdAt: at('created_at', 'started_at') ?? now,
    lastUpdatedAt: at('ended_at') ?? now,
    ttlMs: null,
    pollIntervalMs,
  };
}

/** Something that has just begun, however fast it was. */
export function seedOf(taskId: string, view: View, pollIntervalMs: number): Task {
  return { ...taskOf(taskId, view, pollIntervalMs), status: 'working' };
}

export function wordsOf(view: View): string {
  const { reason, direction, state, services, profile, due_at: due } = view;
  const outcome = outcomeOf(view);
  const trial =
    typeof profile === 'string' && outcome === undefined ? `a trial (${profile}) runs, until ${String(due)} at the latest` : undefined;
  const stages = Array.isArray(services) ? services.filter(isObject).map(stageOf) : [];
  const words = [outcome ?? direction ?? state ?? trial, ...(outcome === undefined ? stages : []), reason];
  return String(cleaned(words.filter((one) => typeof one === 'string').join(', '))).slice(0, 500);
}

function stageOf({ service, stage, step }: Json): string {
  const where = isObject(step) ? ` (step ${String(step['number'])} of ${String(step['of'])})` : '';
  return `${String(service)} ${String(stage)}${where}`;
}
