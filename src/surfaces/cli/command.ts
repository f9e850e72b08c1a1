// What a command is: data that help, parsing and completion are made from, and a way to load what it does when it is called.
import type { Session } from './session.ts';

export interface CommandSpec {
  /** One word or two: `deploy`, `token create`. */
  readonly name: string;
  /** `<deployment>`, `[service...]` */
  readonly arguments?: string;
  readonly summary: string;
  readonly options?: readonly OptionSpec[];
  /** Whole command lines, the most usual first. */
  readonly examples: readonly [string, ...string[]];
  /** What to do instead, for whoever gives more words than there are. */
  readonly instead?: string;
  /** Prints until somebody stops it: its end is no failure when its reader leaves. */
  readonly endless?: boolean;
  /** Resolves with the exit code. Loads its code when it is called, so that help is quick. */
  readonly run: (session: Session, given: Given) => Promise<number>;
}

/** What the first words of two-word commands are about. */
export type Groups = Readonly<Record<string, string>>;

export interface OptionSpec {
  /** `-f, --file <path>` */
  readonly flags: string;
  readonly description: string;
  /** May be given several times; all are kept. */
  readonly repeat?: boolean;
  /** For programs: not in the help. */
  readonly hidden?: boolean;
}

/** What stood on the command line. */
export interface Given {
  readonly arguments: readonly string[];
  text(option: string): string | undefined;
  flag(option: string, otherwise?: boolean): boolean;
  list(option: string): readonly string[];
}

export function givenFrom(positional: readonly string[], options: Readonly<Record<string, unknown>>): Given {
  return {
    arguments: positional,
    text: (option) => (typeof options[option] === 'string' ? options[option] : undefined),
    flag: (option, otherwise = false) => (typeof options[option] === 'boolean' ? options[option] : otherwise),
    list: (option) => (Array.isArray(options[option]) ? options[option].map(String) : []),
  };
}

/** Options of commands about one environment. */
export const scopeOptions: readonly OptionSpec[] = [
  { flags: '--app <name>', description: 'application (default: that of code.yaml here, or the only one deployed)' },
  { flags: '--env <name>', description: 'environment (default: the only one)' },
  { flags: '--file <path>', description: 'manifest that names the application (default: code.yaml)' },
];
