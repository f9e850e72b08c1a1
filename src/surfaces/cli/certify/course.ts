// Which trials a certification is made of, by profile: the same commands as by hand, one after the other.
import { asCodeError } from '../../../base/errors.ts';
import type { CommandSpec } from '../command.ts';
import { givenFrom } from '../command.ts';
import type { Out } from '../out.ts';
import type { Session } from '../session.ts';
import type { Lost } from './certifying.ts';

export const profiles = ['quick', 'standard', 'full'] as const;
export type Profile = (typeof profiles)[number];

interface Stage {
  /** `prove load` */
  readonly command: string;
  /** What its figures begin with. */
  readonly about: string;
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

export interface CourseWish {
  readonly application: string;
  readonly environment: string;
  readonly profile: Profile;
  /** A service that requests reach, and that may be scaled. */
  readonly service: string | undefined;
  readonly route: string | undefined;
  readonly path: string | undefined;
  readonly experiments: readonly string[];
  readonly without: readonly string[];
}

const loads = {
  quick: { rate: '1500', lasts: '8s', users: '8s', limits: 'smoke', sizes: '1..2', chaos: { lasts: '5s', before: '3s', good: '5s' } },
  standard: { rate: '1500', lasts: '30s', users: '30s', limits: 'standard', sizes: '1..4', chaos: {} },
  full: { rate: '1500', lasts: '2m', users: '1m', limits: 'full', sizes: '1..10', chaos: { repeats: '5' } },
} as const;

export function courseOf(wish: CourseWish): readonly Stage[] {
  const { application, environment, profile, service, route, path, experiments } = wish;
  const of = loads[profile];
  const common = { env: environment, ...(route !== undefined && { route }) };
  const asked = { ...common, ...(path !== undefined && { path }) };
  const stages: readonly Stage[] = [
    {
      command: 'prove load',
      about: 'performance',
      words: [application],
      options: { ...asked, rate: of.rate, arrivals: 'constant', lasts: of.lasts },
    },
    {
      command: 'prove load',
      about: 'performance',
      words: [application],
      options: { ...asked, users: '500', think: '1s', lasts: of.users },
    },
    { command: 'prove stress', about: 'stress', words: [application], options: { ...asked, profile: of.limits } },
    {
      command: 'prove scale',
      about: 'scalability',
      words: [application, service ?? ''],
      options: { ...asked, profile: of.limits, replicas: of.sizes, users: '0' },
    },
    { command: 'prove security', about: 'security', words: [application], options: { ...common, profile } },
    {
      command: 'prove chaos',
      about: 'chaos',
      words: [application],
      options: { ...asked, ...of.chaos, ...(experiments.length > 0 && { experiment: experiments }) },
    },
  ];
  return stages.filter(({ command }) => !wish.without.includes(command.replace('prove ', '')));
}

/** Runs one of them as a part of the certification; why nothing came of it, if nothing did. */
export async function runStage(
  session: Session,
  commands: readonly CommandSpec[],
  stage: Stage,
  within: string,
): Promise<Lost | undefined> {
  const { command, about, words, options } = stage;
  const spec = commands.find(({ name }) => name === command);
  if (!spec) return { about, because: `this engine has no "codectl ${command}" yet` };
  if (words.includes('')) return { about, because: 'there is no service that requests reach' };
  try {
    await spec.run({ ...session, out: quietly(session.out) }, givenFrom(words, { ...options, within }));
    return undefined;
  } catch (thrown) {
    if (session.signal.aborted) throw thrown;
    return { about, because: `"codectl ${command}" could not be carried out: ${asCodeError(thrown).message}` };
  }
}

/** What a trial tells on its way is told; its tables are in its exhibits. */
function quietly(out: Out): Out {
  return {
    ...out,
    json: true,
    live: false,
    text: () => undefined,
    note: (text) => out.note(out.paint('dim', `  ${text}`)),
    document: () => undefined,
    item: () => undefined,
    raw: () => undefined,
  };
}
