// What a cluster is, in one sentence, and what it refuses of the routes that were asked for.
import type { KubeClient } from '../client.ts';
import { pathOf } from '../object.ts';
import { routeProblem } from '../refusals.ts';
import { listShape, routeShape } from '../shapes.ts';

export interface ClusterFacts {
  readonly sentence: string;
  /** One sentence each. */
  readonly problems: readonly string[];
}

/** `selector`: of the routes that are ours; absent: none are asked for. Errors: why nothing answers. */
export async function describe(client: KubeClient, selector: string | undefined, signal: AbortSignal): Promise<ClusterFacts> {
  const { server, context, namespace } = client.place;
  const answer = await client.get('/version', {}, signal);
  const version =
    typeof answer === 'object' && answer !== null && 'gitVersion' in answer ? String(answer.gitVersion) : 'of an unknown version';
  const sentence = `Kubernetes ${version} at ${server} (context ${context}, namespace ${namespace})`;
  return { sentence, problems: selector === undefined ? [] : await routeProblems(client, selector, signal) };
}

async function routeProblems(client: KubeClient, labelSelector: string, signal: AbortSignal): Promise<readonly string[]> {
  const found = await client.getIfThere(pathOf('HTTPRoute', client.place.namespace), { labelSelector }, signal);
  if (found === undefined) return ['it has no HTTPRoutes (gateway.networking.k8s.io/v1), so its Gateway carries nothing'];
  return listShape.parse(found).items.flatMap((item) => {
    const route = routeShape.parse(item);
    const problem = routeProblem(route);
    return problem === undefined ? [] : [`HTTPRoute ${route.metadata.name}: ${problem}`];
  });
}
