// What must hold of schedules: each named moment is begun at most once or told to be left out, for a reason that the manifest knows.
import type { ScheduleSpec } from '../../../src/model/completion.ts';
import type { EnvironmentState } from '../../../src/model/deployment.ts';
import type { NewEvent } from '../../../src/model/event.ts';
import type { Task } from '../../../src/model/task.ts';
import { isNamed, namedBetween } from '../world/calendar.ts';
import type { Universe } from '../world/universe.ts';

/** A schedule from when it was asked for. */
interface Course {
  readonly service: string;
  readonly schedule: ScheduleSpec;
  readonly since: number;
  /** When the engine first looked at it, if it has; what is due afterwards is dealt with. */
  seenAt?: number;
  /** All that was due until then is dealt with. */
  settledUntil: number;
}

/** A run that begins this late is on time. */
const punctual = 30_000;

export class CronRules {
  readonly #universe: Universe;
  /** Runs by their schedules, as last stored. */
  readonly #tasks = new Map<string, Task>();
  readonly #courses = new Map<string, Course>();
  /** What was asked for when a run was begun, and its instances, by task. */
  readonly #overlaps = new Map<string, ScheduleSpec['overlap']>();
  readonly #instances = new Map<string, readonly string[]>();
  readonly #begun = new Set<string>();
  readonly #left = new Set<string>();
  /** By service: everything before this moment was told to be left out. */
  readonly #leftBefore = new Map<string, number>();

  constructor(universe: Universe) {
    this.#universe = universe;
  }

  environment({ services }: EnvironmentState): void {
    const now = this.#universe.clock.now();
    for (const [service, course] of this.#courses)
      if (JSON.stringify(services[service]?.spec.schedule) !== JSON.stringify(course.schedule)) this.#courses.delete(service);
    for (const [service, { spec }] of Object.entries(services))
      if (spec.schedule && !this.#courses.has(service))
        this.#courses.set(service, { service, schedule: spec.schedule, since: now, settledUntil: now });
  }

  /** The engine keeps in mind up to when it has looked. */
  looked(service: string): void {
    const course = this.#courses.get(service);
    if (!course || course.seenAt !== undefined) return;
    course.seenAt = this.#universe.clock.now();
    course.settledUntil = course.seenAt;
  }

  wrote(task: Task): string | undefined {
    if (task.scheduledAt === undefined) return undefined;
    const known = this.#tasks.has(task.id);
    const found = known ? undefined : this.#badRun(task, task.scheduledAt);
    if (!known) this.#overlaps.set(task.id, this.#courses.get(task.service)?.schedule.overlap ?? 'allow');
    this.#tasks.set(task.id, task);
    this.#begun.add(`${task.service} ${task.scheduledAt}`);
    return found;
  }

  /** An instance of a task is about to be started. */
  running(instance: string, id: string): string | undefined {
    const task = this.#tasks.get(id);
    if (!task) return undefined;
    this.#instances.set(id, [...(this.#instances.get(id) ?? []), instance]);
    if (this.#overlaps.get(id) === 'allow') return undefined;
    const others = [...this.#instances].filter(([other]) => other !== id && this.#tasks.get(other)?.service === task.service);
    const living = others.find(([, instances]) => instances.some((one) => this.#universe.fake.isAlive(one)));
    return living && `${id} runs beside ${living[0]}, and overlap is ${this.#overlaps.get(id)}`;
  }

  told({ kind, service = '', message }: NewEvent): string | undefined {
    if (kind !== 'task.skipped') return undefined;
    const [, text = '', because = ''] = /: the run of (\S+) was left out: (.+)$/.exec(message) ?? [];
    const moment = Date.parse(text);
    if (this.#begun.has(`${service} ${moment}`)) return `the run of ${text} is left out, and was begun`;
    this.#left.add(`${service} ${moment}`);
    if (because.endsWith('there were others before it')) this.#leftBefore.set(service, moment);
    const course = this.#courses.get(service);
    return course && this.#isWanted(course, moment) ? `the run of ${text} is left out (${because}), and should not be` : undefined;
  }

  /** In the end: a moment of which nothing is known. */
  forgotten(): string | undefined {
    for (const course of this.#courses.values()) {
      const { service, schedule, seenAt, settledUntil } = course;
      if (seenAt === undefined) return `nobody has looked at the schedule of ${service}`;
      const now = this.#universe.clock.now();
      const missing = namedBetween(schedule, settledUntil, now).find((one) => !this.#isDealtWith(service, one));
      if (missing !== undefined) return `the run of ${service} at ${new Date(missing).toISOString()} was neither begun nor left out`;
      course.settledUntil = now;
    }
    return undefined;
  }

  #badRun(task: Task, moment: number): string | undefined {
    const { id, service } = task;
    const course = this.#courses.get(service);
    const run = `${id}, the run of ${service} at ${new Date(moment).toISOString()},`;
    if (this.#begun.has(`${service} ${moment}`)) return `${run} is begun once more`;
    if (!course) return `${run} is begun, and ${service} has no schedule`;
    const { schedule, since } = course;
    const now = this.#universe.clock.now();
    if (moment > now || !isNamed(schedule, moment)) return `${run} is begun at a time that its schedule does not name`;
    if (moment <= since) return `${run} is begun, and nobody had asked for it then`;
    if (namedBetween(schedule, moment, now).length > 0) return `${run} is begun though a later one is due`;
    if (!isInTime(schedule, now - moment)) return `${run} is begun ${now - moment} ms late`;
    return this.#beside(task, schedule, run);
  }

  #beside({ service }: Task, { overlap }: ScheduleSpec, run: string): string | undefined {
    const other = this.#open(service).find((one) => overlap !== 'replace' || !one.cancelRequested);
    return other && overlap !== 'allow' ? `${run} is begun beside ${other.id}, and overlap is ${overlap}` : undefined;
  }

  /** The last moment that is due, in time, with nobody in its way. */
  #isWanted({ service, schedule }: Course, moment: number): boolean {
    const now = this.#universe.clock.now();
    if (namedBetween(schedule, moment, now).length > 0 || !isInTime(schedule, now - moment)) return false;
    return schedule.overlap !== 'forbid' || this.#open(service).length === 0;
  }

  #open(service: string): readonly Task[] {
    return [...this.#tasks.values()].filter((one) => one.service === service && one.state !== 'ended');
  }

  #isDealtWith(service: string, moment: number): boolean {
    const key = `${service} ${moment}`;
    return this.#begun.has(key) || this.#left.has(key) || moment < (this.#leftBefore.get(service) ?? 0);
  }
}

function isInTime({ missed, startingDeadline }: ScheduleSpec, late: number): boolean {
  return late <= punctual || (missed === 'run_once' && late <= startingDeadline);
}
