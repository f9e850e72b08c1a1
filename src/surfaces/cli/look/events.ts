// `events`: what the engine did and does, one line each.
import { visibleLine } from '../../../platform/guard/text.ts';
import type { EventView } from '../api.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Paint } from '../out.ts';
import type { Session } from '../session.ts';

export async function events(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const api = await session.api();
  const which = {
    after: given.text('after') ?? 0,
    follow: given.flag('follow'),
    application: given.text('app'),
    environment: given.text('env'),
    deployment: given.text('deployment'),
  };
  for await (const event of api.stream('observe.events', which)) {
    out.item(event);
    out.text(eventText(event, out.paint));
  }
  return exit.ok;
}

export function eventText({ sequence, at, kind, application, environment, message }: EventView, paint: Paint): string {
  const where = application === undefined ? '' : ` ${application}/${environment}`;
  return `${paint('dim', `${String(sequence).padStart(6)} ${at}`)} ${kind}${where}: ${visibleLine(message)}`;
}
