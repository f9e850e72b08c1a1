// `endpoints`: which instances take requests, and how a service is reached.
import { formatShare } from '../../../base/units.ts';
import type { EndpointChangeView, EndpointView } from '../api.ts';
import type { Given } from '../command.ts';
import { exit } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { tableText } from '../table.ts';

export async function endpoints(session: Session, given: Given): Promise<number> {
  const { out } = session;
  const api = await session.api();
  const [service] = given.arguments;
  const which = { application: given.text('app'), environment: given.text('env'), service };
  if (given.flag('follow')) {
    for await (const change of api.stream('endpoints.watch', which)) {
      out.item(change);
      out.text(changeText(change));
    }
    return exit.ok;
  }
  const answer = await api.call('endpoints.list', which);
  out.document(answer);
  if (answer.endpoints.length === 0) out.text('No instance takes requests.');
  else {
    const reached = answer.services.map(({ service, application, environment, name, url }) => [
      `${application}/${environment}/${service}`,
      name,
      url,
    ]);
    out.text(tableText(['SERVICE', 'NAME', 'AT THE GATEWAY'], reached, out.paint, out.width));
    out.text('');
    out.text(tableText(['INSTANCE', 'ADDRESS', 'RELEASE', 'SHARE'], answer.endpoints.map(rowOf), out.paint, out.width));
  }
  return exit.ok;
}

function rowOf({ instance, host, port, release, share }: EndpointView): string[] {
  return [instance, `${host}:${port}`, release, formatShare(share)];
}

export function changeText({ kind, endpoint, endpoints: all }: EndpointChangeView): string {
  if (endpoint === undefined) return `${all?.length ?? 0} instances take requests`;
  const { application, environment, service, instance, host, port } = endpoint;
  return `${kind} ${application}/${environment}/${service} ${instance} ${host}:${port}`;
}
