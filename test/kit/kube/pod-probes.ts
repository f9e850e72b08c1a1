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

/** Of what a manifest asks for: a loaded machine is not what is tried. */
const generous = 5_000;

/** Statuses from 200 to 399 pass. `undefined`: it did; else what the kubelet says of it, in the words of its HTTP client. */
export async function ask({ httpGet, tcpSocket, timeoutSeconds = 1 }: Probe, host: string, ports: Ports): Promise<string | undefined> {
  const wanted = (httpGet ?? tcpSocket)?.port;
  const port = typeof wanted === 'number' ? wanted : ports?.find((one) => one.name === wanted)?.containerPort;
  if (port === undefined) return `couldn't find port: ${String(wanted)}`;
  if (!httpGet) return connects(host, port);
  return answers({ host, port, path: httpGet.path ?? '/', within: generous * timeoutSeconds });
}

interface Question {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly within: number;
}

async function answers({ host, port, path, within }: Question): Promise<string | undefined> {
  const url = `http://${host}:${port}${path}`;
  const signal = AbortSignal.timeout(within);
  try {
    const answer = await fetch(url, { signal, redirect: 'manual' });
    await answer.arrayBuffer();
    return answer.status >= 200 && answer.status < 400 ? undefined : `HTTP probe failed with statuscode: ${answer.status}`;
  } catch {
    const because = signal.aborted ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)' : refused(host, port);
    return `Get "${url}": ${because}`;
  }
}

const refused = (host: string, port: number): string => `dial tcp ${host}:${port}: connect: connection refused`;

function connects(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => resolve(undefined));
    socket.on('error', () => resolve(refused(host, port)));
    socket.on('connect', () => socket.destroy());
  });
}
