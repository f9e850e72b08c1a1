// Settings of the Kubernetes runtime: which cluster, as whom, and in which namespace.
import { z } from 'zod';
import { describeCluster, gatewayNamed, hostInCluster, neighbourPort } from '../../adapters/runtimes/kubernetes/kubernetes.ts';
import { systemClock } from '../../base/clock.ts';
import { asCodeError } from '../../base/errors.ts';
import { addressesOfNeeds } from '../../engine/discovery/neighbours.ts';
import type { ReplicaSet } from '../../model/instance.ts';
import type { Finding } from '../../operations/services.ts';
import type { Store } from '../../ports/store.ts';

const word = z.string().regex(/^\S*$/, 'expected one word');

/** Of names in a cluster. */
const gatewayForm = /^(?:(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\/)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)?$/;

export const kubernetesSettings = {
  kubernetes_config: z
    .string()
    .default('')
    .describe(
      'A kubeconfig file, or in-cluster; nothing means as kubectl has it: $KUBECONFIG, then ~/.kube/config, and in a pod what the pod is given',
    ),
  kubernetes_context: word.default('').describe('The context in the kubeconfig; nothing means its current one'),
  kubernetes_namespace: z
    .string()
    .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)?$/, 'expected a name of lower-case letters, digits and "-"')
    .default('')
    .describe("The namespace that everything is put in; it must exist. Nothing means the context's, or default"),
  kubernetes_gateway: z
    .string()
    .regex(gatewayForm, 'expected NAME or NAMESPACE/NAME of a Gateway in the cluster')
    .default('')
    .describe(
      'A Gateway of the cluster (Gateway API) that carries the same shares of traffic by HTTPRoutes, as NAME or NAMESPACE/NAME; nothing means that our gateway alone does',
    ),
};

export type KubernetesSettings = { readonly [K in keyof typeof kubernetesSettings]: z.infer<(typeof kubernetesSettings)[K]> };

/** What the adapter is told of the settings. */
export function clusterWish(settings: KubernetesSettings) {
  const { kubernetes_config: config, kubernetes_context: context, kubernetes_namespace: namespace } = settings;
  const clusterGateway = gatewayNamed(settings.kubernetes_gateway);
  return {
    access: { config, context },
    namespace,
    ...(clusterGateway && { clusterGateway }),
    environment: process.env,
    random: Math.random,
    clock: systemClock,
  };
}

/** Services of one application reach each other by the cluster's own names. */
export function neighboursInCluster(store: Pick<Store, 'get'>, root: string, { scope, release }: Pick<ReplicaSet, 'scope' | 'release'>) {
  return addressesOfNeeds(store, scope, release.service, { host: '', port: neighbourPort }, hostInCluster(root));
}

/** Whether a cluster answers; without one everything else works. */
export async function lookAtKubernetes(settings: KubernetesSettings, signal: AbortSignal): Promise<Omit<Finding, 'subject'>> {
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
    const { sentence, problems, refusal } = await describeCluster(clusterWish(settings), within);
    if (refusal)
      return { state: 'limited', message: `${sentence}: ${refusal.message}`, ...(refusal.hint !== undefined && { hint: refusal.hint }) };
    const message = `runs images on ${sentence}`;
    if (problems.length === 0) return { state: 'ok', message };
    const hint = `Look at the routes (kubectl describe httproute), and whether kubernetes_gateway names the Gateway that is meant: ${settings.kubernetes_gateway}.`;
    return { state: 'limited', message: `${message}; ${problems.join('; ')}`, hint };
  } catch (thrown) {
    const { message, hint } = asCodeError(thrown);
    return {
      state: 'limited',
      message,
      hint: `${hint ?? 'Look at the cluster with kubectl.'} Who needs no cluster may leave kubernetes out of runtimes.`,
    };
  }
}
