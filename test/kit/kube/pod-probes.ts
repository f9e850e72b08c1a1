// One probe of a container, as the kubelet makes it.
import { connect } from 'node:net';

export interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port: string | number };
  readonly tcpSocket?: { readonly port: string | number };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
}

type Ports = readonly { readonly name?: string; readonly containerPort: number }[] | undefined;

/** Statuses from 200 to 399 pass. A generous time: a loaded machine is not what is tried. */
export async function ask({ httpGet, tcpSocket }: Probe, host: string, ports: Ports): Promise<boolean> {
  const wanted = (httpGet ?? tcpSocket)?.port;
  const port = typeof wanted === 'number' ? wanted : ports?.find((one) => one.name === wanted)?.containerPort;
  if (port === undefined) return false;
  if (!httpGet) return connects(host, port);
  try {
    const answer = await fetch(`http://${host}:${port}${httpGet.path ?? '/'}`, { signal: AbortSignal.timeout(30_000), redirect: 'manual' });
    await answer.arrayBuffer();
    return answer.status >= 200 && answer.status < 400;
  } catch {
    return false;
  }
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
