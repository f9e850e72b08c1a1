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

/** `undefined` for everybody else's processes, and those that this user may not look into. */
export function markOf(pid: number): Mark | undefined {
  const env = environmentOf(pid, [homeVariable, instanceVariable]);
  const [home, instance] = [env?.[homeVariable], env?.[instanceVariable]];
  return home === undefined || instance === undefined ? undefined : { home, instance };
}
