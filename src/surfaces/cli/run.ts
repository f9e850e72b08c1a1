// One run of the CLI from its arguments to its exit code.
import type { Command } from 'commander';
import { asCodeError, CodeError } from '../../base/errors.ts';
import { commands, groups } from './commands.ts';
import { exit, exitOfError } from './exit-codes.ts';
import { reportFailure } from './failure.ts';
import { createProgram } from './grammar/program.ts';
import type { CliHost } from './host.ts';
import { Ended } from './host.ts';
import { createOut, plain } from './out.ts';
import { createSession } from './session.ts';

/** Never throws; everything that is to be said was said when it resolves. */
export async function runCli(world: CliHost): Promise<number> {
  let code: number = exit.ok;
  const program = createProgram(
    commands,
    groups,
    async (spec, given, shared) => {
      const json = shared['json'] === true;
      const { stdout, stderr, environment } = world;
      const out = createOut({ stdout, stderr, environment, json, quiet: shared['quiet'] === true, colour: shared['color'] !== false });
      const text = (name: string) => (typeof shared[name] === 'string' ? shared[name] : undefined);
      const signal = spec.endless ? world.signal : interruptOf(world.signal);
      const session = createSession({ ...world, signal }, { home: text('home'), host: text('host'), tokenFile: text('tokenFile') }, out);
      try {
        code = await spec.run(session, given);
      } catch (thrown) {
        code = exitOfThrown(thrown, signal, (error) => reportFailure(error, world, json, out.paint));
      } finally {
        session.close();
      }
    },
    { write: (text) => void world.stdout.write(text), columns: world.stdout.columns },
  );
  if (world.arguments.length === 0) {
    program.outputHelp();
    return exit.ok;
  }
  const parsed = await parse(program, world);
  return parsed ?? code;
}

/** What has an end of its own comes to it though nobody reads what it prints: a deploy's exit code must still tell the truth. */
function interruptOf(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const onAbort = () => signal.reason instanceof Ended && signal.reason.ending === 'interrupted' && controller.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  return controller.signal;
}

function exitOfThrown(thrown: unknown, signal: AbortSignal, report: (error: CodeError) => void): number {
  const reason: unknown = signal.aborted ? signal.reason : thrown;
  const ended = reason instanceof Ended ? reason.ending : undefined;
  if (ended === 'unread') return exit.ok;
  if (ended === 'interrupted') return exit.interrupted;
  const error = asCodeError(thrown);
  report(error);
  return exitOfError(error);
}

/** The exit code when it did not come to a command: 0 for help, 2 for what cannot be understood. */
async function parse(program: Command, world: CliHost): Promise<number | undefined> {
  try {
    if (asksForVersion(world.arguments)) {
      world.stdout.write(`${await world.version()}\n`);
      return exit.ok;
    }
    await program.parseAsync([...world.arguments], { from: 'user' });
    return undefined;
  } catch (thrown) {
    if (!isParsingError(thrown)) throw thrown;
    if (thrown.exitCode === 0) return exit.ok;
    reportFailure(usageError(thrown, world.arguments), world, world.arguments.includes('--json'), plain);
    return exit.invalid;
  }
}

function asksForVersion([first]: readonly string[]): boolean {
  return first === '--version' || first === '-V';
}

interface ParsingError extends Error {
  readonly code: string;
  readonly exitCode: number;
}

function isParsingError(thrown: unknown): thrown is ParsingError {
  return thrown instanceof Error && 'exitCode' in thrown && 'code' in thrown;
}

function usageError(thrown: ParsingError, given: readonly string[]): CodeError {
  if (thrown.code === 'commander.help') {
    const name = given.filter((one) => !one.startsWith('-')).join(' ');
    return new CodeError('usage', `${name} needs one more word.`, { hint: `Run "codectl ${name} --help" to see which.` });
  }
  const message = thrown.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  const words = given.filter((one) => !one.startsWith('-')).join(' ');
  // Values of options before the command stand among the words.
  const spec = commands.findLast(({ name }) => ` ${words} `.includes(` ${name} `));
  // What stood there may be confidential.
  if (thrown.code === 'commander.excessArguments' && spec?.instead !== undefined)
    return new CodeError('usage', `${spec.name} takes ${spec.arguments ?? 'no arguments'} and nothing else.`, { hint: spec.instead });
  return new CodeError('usage', `${message.replace(/\.?$/, '')}.`, {
    hint: `Run "codectl ${spec === undefined ? '' : `${spec.name} `}--help" to see what fits.`,
  });
}
