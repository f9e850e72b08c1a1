// What the tests on a cluster share: a test cluster with images, a house whose runtime is that cluster, and manifests.
import { House } from '../kit/house.ts';
import type { ClusterOptions } from '../kit/kube/cluster.ts';
import { TestCluster } from '../kit/kube/cluster.ts';
import type { Image } from '../kit/kube/kubelet.ts';

/** `VERSION` is what the image answers. */
export const image = (version: string, content: Readonly<Record<string, string>> = {}): Image => ({
  content: { VERSION: version, ...content },
});

export async function openCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = await TestCluster.open(options);
  cluster.images.set('registry.test/web:1', image('one'));
  cluster.images.set('registry.test/web:2', image('two'));
  return cluster;
}

/** A house whose Kubernetes runtime is this cluster. Settings are told by the environment, as any of them can be. */
export async function openHouse(cluster: TestCluster, user: object = {}, settings: Readonly<Record<string, string>> = {}): Promise<House> {
  Object.assign(process.env, { CODE_KUBERNETES_CONFIG: await cluster.kubeconfig(user) });
  // Nobody asks the name servers of this machine for registries that there are not.
  return House.open({ calls_allowed: '127.0.0.0/8', ...settings });
}

/** A manifest of one service, `web`, with what a test varies. */
export function manifest(port: number, wished: Readonly<Record<string, unknown>> = {}): string {
  const web = {
    image: 'registry.test/web:1',
    port,
    replicas: 2,
    probe: { path: '/healthz', interval: '1s', passes: 1, fails: 2, deadline: '300s' },
    routes: [{ host: 'shop.localhost' }],
    strategy: { kind: 'rolling', bake: '100ms' },
    stop: { drain: '30s', grace: '30s' },
    ...wished,
  };
  return JSON.stringify({ application: 'shop', services: { web }, environments: { test: { runtime: 'kubernetes' } } });
}
