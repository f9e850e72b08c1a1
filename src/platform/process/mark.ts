// The mark that every process of an instance carries in its environment, also when it has left its session and lost its parents.
import { environmentOf } from './proc.ts';

export interface Mark {
  /** Which engine's home it was started from. */
  readonly home: string;
  readonly instance: string;
}

const homeVariable = 'CODE_HOME_ID';
const instanceVariable = 'CODE_INSTANCE';

export function markVariables({ home, instance }: Mark): Readonly<Record<string, string>> {
  return { [homeVariable]: home, [instanceVariable]: instance };
}

const told = new Set([
  homeVariable,
  instanceVariable,
  ...['APPLICATION', 'ENVIRONMENT', 'SERVICE', 'RELEASE', 'REPLICA_SET', 'GENERATION', 'GATEWAY_URL'].map((name) => `CODE_${name}`),
]);

/** Without what an instance is told: an engine that is started from inside one must not be taken for part of it, and ended with it. */
export function withoutMarks<T>(environment: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !told.has(name) && !name.startsWith('CODE_VOLUME_')));
}

/** `undefined` for everybody else's processes, and those that this user may not look into. */
export function markOf(pid: number): Mark | undefined {
  const env = environmentOf(pid, [homeVariable, instanceVariable]);
  const [home, instance] = [env?.[homeVariable], env?.[instanceVariable]];
  return home === undefined || instance === undefined ? undefined : { home, instance };
}
