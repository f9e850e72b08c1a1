// `scale` without arguments: services whose number follows their load, and why each is as large as it is.
import type { ScaleView } from '../api.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Paint } from '../out.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';

export async function show(session: Session, given: Given): Promise<number> {
  const input = { application: given.text('app'), environment: given.text('env') };
  const answer = await (await session.api()).call('scale.status', input);
  session.out.document(answer);
  session.out.text(scalingText(answer.services, session.out.paint, session.out.width));
  return exit.ok;
}

export function scalingText(services: readonly ScaleView[], paint: Paint, columns?: number): string {
  if (services.length === 0) return 'No service scales with its load. Give one "scale" in code.yaml, or run "codectl scale SERVICE=N".';
  const rows = services.map((one) => [
    one.service,
    `${one.current}`,
    `${one.wanted}`,
    `${one.min} – ${one.max}`,
    one.readings.map(readingText).join(', '),
    one.reason,
  ]);
  return tableText(['SERVICE', 'NOW', 'WANTED', 'MIN – MAX', 'MEASURED', 'WHY'], rows, paint, columns);
}

function readingText({ name, value, target, because }: ScaleView['readings'][number]): string {
  return `${name} ${value === undefined ? (because ?? 'unknown') : `${short(value)}/${short(target)}`}`;
}

function short(value: number): string {
  return String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}
