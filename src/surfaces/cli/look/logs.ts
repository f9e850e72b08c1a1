// `logs`: the output of instances, each line behind the name of its instance.
import { digestOf } from '../../../base/digest.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Paint, Style } from '../out.ts';
import { findScope } from '../scope.ts';
import type { Session } from '../session.ts';

export async function logs(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const scope = await findScope(session, given);
  const [service] = given.arguments;
  const api = await session.api();
  const which = { service, instance: given.text('instance'), tail: given.text('tail') ?? 100, follow: given.flag('follow') };
  for await (const line of api.stream('observe.logs', { ...scope, ...which })) {
    out.item(line);
    out.text(logLine(line.instance, line.text, out.paint));
  }
  return exit.ok;
}

export function logLine(instance: string, text: string, paint: Paint): string {
  return `${paint(styleOf(instance), instance)} │ ${text}`;
}

const styles: readonly Style[] = ['cyan', 'green', 'yellow', 'magenta', 'blue'];

/** The same instance has the same colour every time. */
function styleOf(instance: string): Style {
  return styles[Number.parseInt(digestOf(instance).slice(-4), 16) % styles.length] ?? 'cyan';
}
