// `routes`: which requests go to which releases.
import { formatShare } from '../../../base/units.ts';
import type { RouteView } from '../api.ts';
import { exit } from '../exit-codes.ts';
import type { Paint } from '../out.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';

export async function routes(session: Session): Promise<number> {
  const { out } = session;
  const answer = await (await session.api()).call('traffic.routes');
  out.document(answer);
  out.text(`The gateway listens on ${answer.listening}${answer.secure === undefined ? '' : `, and over TLS on ${answer.secure}`}.`);
  out.text(answer.routes.length === 0 ? 'No service has a route.' : routesText(answer.routes, out.paint, out.width));
  for (const line of certificateLines(answer.routes, out.paint)) out.text(line);
  return exit.ok;
}

/** One for each host. */
export function certificateLines(routes: readonly RouteView[], paint: Paint): readonly string[] {
  const hosts = new Map(routes.flatMap(({ host, tls }) => (tls ? [[host, tls] as const] : [])));
  return [...hosts].flatMap(([host, { certificate, not_after, problem }]) => [
    not_after === undefined
      ? `${host} ${paint('red', 'has no certificate yet')} (${certificate}).`
      : `${host} has a certificate until ${not_after} (${certificate}).`,
    ...(problem === undefined ? [] : [`  the next could not be had: ${problem}`]),
  ]);
}

export function routesText(all: readonly RouteView[], paint: Paint, columns?: number): string {
  const rows = all.flatMap(({ host, path, service, releases }) => {
    if (releases.length === 0) return [[`${host}${path}`, service, paint('red', 'none'), '', '', '', '']];
    return releases.map((one, index) => [
      index === 0 ? `${host}${path}` : '',
      index === 0 ? service : '',
      one.release,
      formatShare(one.share),
      String(one.instances.length),
      String(one.requests),
      String(one.failures),
    ]);
  });
  return tableText(['ROUTE', 'SERVICE', 'RELEASE', 'SHARE', 'INSTANCES', 'REQUESTS', 'FAILURES'], rows, paint, columns);
}
