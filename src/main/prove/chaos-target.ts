// From what the engine says that it runs to whom experiments may hit.
import type { ChaosTarget } from '../../proving/chaos/site.ts';
import type { TargetView } from '../../surfaces/cli/prove/answers.ts';
import { doorOf, routeOf } from './load.ts';

/** Errors: `usage` where there is no such route. */
export function targetFrom(view: TargetView, wanted: string | undefined, asked: string | undefined): ChaosTarget {
  const { host, path } = routeOf({ route: wanted, path: asked }, view);
  // The longest prefix has it.
  const fitting = view.routes.filter((one) => one.host === host && path.startsWith(one.path));
  const service = fitting.toSorted((a, b) => b.path.length - a.path.length)[0]?.service ?? '';
  return {
    door: doorOf(view, host),
    plainDoor: doorOf({ ...view, secure_door: undefined }, host),
    route: { host, path, service },
    services: Object.fromEntries(view.services.map((one) => [one.service, one.instances.flatMap((each) => instanceOf(one.service, each))])),
    needs: Object.fromEntries(view.services.map(({ service: name, needs }) => [name, needs])),
    daemon: view.daemon.pid,
    gateways: view.gateway.map(({ pid }) => pid),
  };
}

type InstanceView = TargetView['services'][number]['instances'][number];

function instanceOf(service: string, { id, pid, address, ready, handle }: InstanceView) {
  const container = handle?.['container'];
  if (!ready) return [];
  return [
    {
      kind: 'instance',
      id,
      service,
      ...(pid !== undefined && { pid }),
      ...(typeof container === 'string' && { container }),
      ...(address !== undefined && { address: addressIn(address) }),
    } as const,
  ];
}

function addressIn(text: string): { readonly host: string; readonly port: number } {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(at + 1)) };
}
