// Which visit comes next, what its placeholders stand for, and which steps of visits under way are due.
import type { Random } from '../../../base/random.ts';
import type { LoadPlan, LoadValues } from '../../../model/proving/scenario.ts';
import type { Asking, Values } from './asking.ts';
import { askingOf } from './asking.ts';

interface Course {
  readonly weight: number;
  readonly think: number;
  readonly steps: readonly Asking[];
  /** Steps that follow, in the order in which they are due: everybody thinks equally long. */
  readonly waiting: { readonly due: number; readonly visit: Visit }[];
}

/** Where one visitor stands. */
export interface Visit {
  readonly course: Course;
  readonly step: number;
  readonly values: Values;
}

const nothing: Values = new Map();

export class Visits {
  readonly #courses: readonly Course[];
  readonly #data: readonly (readonly [string, LoadValues])[];
  readonly #weights: number;
  readonly #random: Random;

  constructor({ requests, flows = [], data = {}, keepAlive }: LoadPlan, random: Random) {
    const single = requests.map((one) => ({ weight: one.weight ?? 1, think: 0, steps: [askingOf(one, keepAlive)], waiting: [] }));
    const several = flows.map(({ weight, think, steps }) => ({
      weight,
      think,
      waiting: [],
      steps: steps.map((one) => askingOf(one, keepAlive)),
    }));
    this.#courses = [...single, ...several];
    this.#data = Object.entries(data);
    this.#weights = this.#courses.reduce((sum, { weight }) => sum + weight, 0);
    this.#random = random;
  }

  begin(): Visit {
    return { course: this.#chosen(), step: 0, values: this.#drawn() };
  }

  asking({ course, step }: Visit): Asking {
    const asking = course.steps[step];
    if (asking === undefined) throw new Error('a visit has no such step');
    return asking;
  }

  /** It was answered well at that time. False: that was its last step. */
  goOn({ course, step, values }: Visit, at: number): boolean {
    if (step + 1 >= course.steps.length) return false;
    course.waiting.push({ due: at + course.think, visit: { course, step: step + 1, values } });
    return true;
  }

  /** The step that has been due for longest, once. */
  due(now: number): { readonly due: number; readonly visit: Visit } | undefined {
    for (const { waiting } of this.#courses) {
      const [first] = waiting;
      if (first !== undefined && first.due <= now) return waiting.shift();
    }
    return undefined;
  }

  #chosen(): Course {
    const [first] = this.#courses;
    if (first === undefined) throw new Error('there is nothing to ask for');
    if (this.#courses.length === 1) return first;
    let left = this.#random.next() * this.#weights;
    return this.#courses.find(({ weight }) => (left -= weight) < 0) ?? first;
  }

  #drawn(): Values {
    if (this.#data.length === 0) return this.#courses.some(({ steps }) => steps.length > 1) ? new Map() : nothing;
    return new Map(this.#data.map(([name, values]) => [name, this.#one(values)]));
  }

  #one(values: LoadValues): string {
    if (values.kind === 'list') return this.#random.pick(values.values);
    return String(values.from + this.#random.below(values.to - values.from + 1));
  }
}
