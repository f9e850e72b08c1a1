// The Gateway API in a test cluster: what its published schema demands of an HTTPRoute, a controller that says what it makes of one, and where requests would go.
// https://gateway-api.sigs.k8s.io/reference/spec/ (v1), as its CustomResourceDefinition has it.
import { z } from 'zod';
import type { Objects, Part, Stored } from '../objects.ts';
import { matches } from '../objects.ts';

const name = z.string().min(1).max(253);
const host = z
  .string()
  .max(253)
  .regex(/^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
const port = z.int().min(1).max(65_535);
const prefix = z
  .string()
  .max(1024)
  .startsWith('/')
  .refine((path) => !/\/\/|\/\.\/|\/\.\.\/|%2f|#/i.test(path), 'must not contain //, /./, /../, %2F or #');

/** Structural schemas drop what they do not know; with field validation `Strict` the API refuses it. */
const routeSpec = z.strictObject({
  parentRefs: z
    .array(
      z.strictObject({
        group: z.string().optional(),
        kind: z.string().optional(),
        namespace: name.max(63).optional(),
        name,
        sectionName: name.optional(),
        port: port.optional(),
      }),
    )
    .max(32),
  hostnames: z.array(host).max(16).optional(),
  rules: z
    .array(
      z.strictObject({
        matches: z.array(z.strictObject({ path: z.strictObject({ type: z.enum(['Exact', 'PathPrefix']), value: prefix }) })).max(64),
        backendRefs: z
          .array(
            z.strictObject({
              group: z.string().optional(),
              kind: z.string().optional(),
              name,
              port: port.optional(),
              weight: z.int().min(0).max(1_000_000).optional(),
            }),
          )
          .max(16),
      }),
    )
    .min(1)
    .max(16),
});

type RouteSpec = z.infer<typeof routeSpec>;

/** One phrase for each fault. */
export function routeFaults({ spec }: Part): readonly string[] {
  const read = routeSpec.safeParse(spec);
  return read.success ? [] : read.error.issues.map(({ path, message }) => `spec.${path.join('.')}: ${message}`);
}

/** `NAMESPACE/NAME` of the Gateways that there are. */
export type Gateways = Set<string>;

/** What the controller of those Gateways says of a route. Of others it says nothing. */
export function judgeRoute(route: Stored, objects: Objects, gateways: Gateways): void {
  const { parentRefs, rules } = route['spec'] as RouteSpec;
  const missing = rules.flatMap((one) => one.backendRefs).find((one) => !objects.get('Service', one.name));
  const parents = parentRefs.map((parentRef) => {
    const there = gateways.has(`${parentRef.namespace ?? 'shop'}/${parentRef.name}`);
    const conditions = [
      there
        ? condition(route, 'Accepted', true, 'Accepted', 'Route is accepted')
        : condition(route, 'Accepted', false, 'NoMatchingParent', `there is no Gateway ${parentRef.name}`),
      missing
        ? condition(route, 'ResolvedRefs', false, 'BackendNotFound', `service ${missing.name} not found`)
        : condition(route, 'ResolvedRefs', true, 'ResolvedRefs', 'All references resolved'),
    ];
    return { parentRef, controllerName: 'test/gateway', conditions };
  });
  objects.update('HTTPRoute', route.metadata.name, (copy) => {
    copy['status'] = { parents };
  });
}

function condition({ metadata }: Stored, type: string, holds: boolean, reason: string, message: string) {
  const status = holds ? 'True' : 'False';
  return { type, status, reason, message, observedGeneration: metadata.generation ?? 1, lastTransitionTime: '2026-01-01T00:00:00Z' };
}

/** Where a request for this host and path would go: names of pods, each with its share in percent. */
export function sharesOf(objects: Objects, wanted: { readonly host: string; readonly path: string }): Readonly<Record<string, number>> {
  const shares: Record<string, number> = {};
  for (const route of objects.list('HTTPRoute')) {
    const { hostnames, rules } = route['spec'] as RouteSpec;
    if (hostnames && !hostnames.includes(wanted.host)) continue;
    const rule = rules.find((one) => one.matches.some(({ path }) => wanted.path.startsWith(path.value)));
    const sum = (rule?.backendRefs ?? []).reduce((total, one) => total + (one.weight ?? 1), 0);
    for (const { name: service, weight = 1 } of rule?.backendRefs ?? []) {
      const pods = servedBy(objects, service);
      for (const pod of pods) shares[pod.metadata.name] = ((weight / sum) * 100) / pods.length;
    }
  }
  return shares;
}

/** Ready ones that its selector finds and that are not on their way out, as endpoints are. */
function servedBy(objects: Objects, service: string): readonly Stored[] {
  const { selector } = (objects.get('Service', service)?.['spec'] ?? { selector: { none: 'none' } }) as { readonly selector: unknown };
  return objects.list('Pod', (pod) => {
    const conditions = (pod['status'] as { conditions?: readonly { type: string; status: string }[] } | undefined)?.conditions ?? [];
    const ready = conditions.some((one) => one.type === 'Ready' && one.status === 'True');
    return ready && pod.metadata.deletionTimestamp === undefined && matches(selector, pod);
  });
}
