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
  const api = await session.api();
  if (launched.already) refuseOthers(settings, (await api.call('system.settings')).settings);
  const { listening } = await api.call('traffic.routes');
  out.document({ ...launched, gateway: listening });
  out.text(`The engine ${launched.already ? 'was running already' : 'runs'} (pid ${launched.pid}, home ${launched.home}).`);
  out.text(`  gateway  http://${listening}`);
  out.text(`  API      ${launched.api}`);
  const names = Object.keys(settings);
  if (!launched.already && names.length > 0) out.text(`  remembered in codectl.yaml: ${names.join(', ')}`);
  return exit.ok;
}

/** Settings are read when the engine starts: one that runs has those that were asked for, or this says so. Errors: `daemon_running`, `settings_invalid`. */
function refuseOthers(wanted: Readonly<Record<string, string>>, inForce: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(wanted).find((key) => inForce[key] === undefined);
  if (unknown !== undefined)
    throw new CodeError('settings_invalid', `--set: there is no setting called ${unknown}; known are ${Object.keys(inForce).join(', ')}.`, {
      hint: 'Run "codectl settings show" to see what is in force.',
    });
  const others = Object.entries(wanted).filter(([key, value]) => inForce[key] !== value.replaceAll(/\s*,\s*/g, ',').trim());
  if (others.length === 0) return;
  const found = others.map(([key]) => `${key}=${String(inForce[key])}`).join(', ');
  const flags = others.map(([key, value]) => `--set ${key}=${value}`).join(' ');
  throw new CodeError('daemon_running', `The engine runs already, with ${found}; nothing was changed: settings are read when it starts.`, {
    hint: `Run "codectl down", then "codectl up ${flags}"; what is deployed goes on meanwhile.`,
    details: { in_force: Object.fromEntries(others.map(([key]) => [key, inForce[key]])) },
  });
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
