// What a cluster is, in one sentence, and what it refuses of the routes that were asked for.
import { CodeError } from '../../../../base/errors.ts';
import type { KubeClient } from '../client.ts';
import type { Kind } from '../object.ts';
import { pathOf } from '../object.ts';
import { routeProblem } from '../refusals.ts';
import { listShape, routeShape } from '../shapes.ts';

export interface ClusterFacts {
  readonly sentence: string;
  /** Of the routes that were asked for, one sentence each. */
  readonly problems: readonly string[];
  /** What is watched of every deployment and may not even be listed: the first of it. */
  readonly refusal?: CodeError;
}

/** Without them nothing is known of what was applied. */
const watched: readonly Kind[] = ['Pod', 'Deployment'];

/** `selector`: of the routes that are ours; absent: none are asked for. Errors: why nothing answers. */
export async function describe(client: KubeClient, selector: string | undefined, signal: AbortSignal): Promise<ClusterFacts> {
  const { server, context, namespace } = client.place;
  const answer = await client.get('/version', {}, signal);
  const version =
    typeof answer === 'object' && answer !== null && 'gitVersion' in answer ? String(answer.gitVersion) : 'of an unknown version';
  const sentence = `Kubernetes ${version} at ${server} (context ${context}, namespace ${namespace})`;
  const problems = selector === undefined ? [] : await routeProblems(client, selector, signal);
  const refusal = await firstRefusal(client, signal);
  return { sentence, problems, ...(refusal && { refusal }) };
}

async function firstRefusal(client: KubeClient, signal: AbortSignal): Promise<CodeError | undefined> {
  for (const kind of watched)
    try {
      await client.list(kind, { limit: '1' }, signal);
    } catch (thrown) {
      if (thrown instanceof CodeError && thrown.kind === 'denied') return thrown;
      throw thrown;
    }
  return undefined;
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
