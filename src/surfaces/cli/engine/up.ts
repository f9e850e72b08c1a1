// `up`: the daemon in the background.
import { CodeError } from '../../../base/errors.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Session } from '../session.ts';

export async function up(session: Session, given: Given): Promise<number> {
  const { out, flags, world, signal } = session;
  if (flags.host !== undefined)
    throw new CodeError('usage', '"up" starts the engine of this machine; --host names another.', { hint: 'Leave --host out.' });
  const settings = parseSettings(given.list('set'));
  const launcher = await world.launcher();
  const launched = await launcher.start({ home: flags.home, settings }, signal);
  const { listening } = await (await session.api()).call('traffic.routes');
  out.document({ ...launched, gateway: listening });
  out.text(`The engine ${launched.already ? 'was running already' : 'runs'} (pid ${launched.pid}, home ${launched.home}).`);
  out.text(`  gateway  http://${listening}`);
  out.text(`  API      ${launched.api}`);
  const names = Object.keys(settings);
  if (!launched.already && names.length > 0) out.text(`  remembered in codectl.yaml: ${names.join(', ')}`);
  if (launched.already && names.length > 0)
    out.aside('--set was not applied: settings are read when the engine starts. Run "codectl down" first.');
  return exit.ok;
}

/** Errors: `usage`. Keys and values are judged by the daemon. */
export function parseSettings(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      throw new CodeError('usage', `--set: ${JSON.stringify(pair)} is not KEY=VALUE.`, { hint: 'Write it as in --set log_level=debug' });
    }),
  );
}
