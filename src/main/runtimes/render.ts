// What a manifest comes to in a cluster, from the manifest alone.
import {
  gatewayNamed,
  hostInCluster,
  kubernetesCapabilities,
  neighbourPort,
  objectsOf,
} from '../../adapters/runtimes/kubernetes/kubernetes.ts';
import { refuseUnsupported } from '../../decide/refusals.ts';
import { replicasFor } from '../../decide/scale/bounds.ts';
import { unsupportedParts } from '../../decide/unsupported.ts';
import { neighbourVariables } from '../../model/discovery/endpoint.ts';
import { replicaSetId } from '../../model/instance.ts';
import { releaseOf, runSpecOf } from '../../model/release.ts';
import type { ApplicationSpec, ServiceSpec } from '../../model/service.ts';
import { certificateSources } from '../../model/tls/certificate.ts';
import type { Renderers } from '../../surfaces/cli/renderers.ts';

/** Tags stay as they are: nobody is asked what they mean now. */
/** Certificates are the gateway's business, wherever that will be. */
const anyCertificates = { sources: certificateSources, lacks: () => undefined };

export const renderers: Renderers = {
  kubernetes: (spec, { home, gateway: named = '' }) => {
    refuseUnsupported(unsupportedParts(spec, { name: 'kubernetes', ...kubernetesCapabilities }, anyCertificates), 'there');
    const gateway = gatewayNamed(named);
    return spec.services.flatMap((service) => {
      const request = { set: setOf(spec, service), root: home, surroundings: surroundingsOf(spec, service, home), routes: service.routes };
      return objectsOf({ ...request, ...(gateway && { gateway }) });
    });
  },
};

function setOf(scope: ApplicationSpec, service: ServiceSpec) {
  const reference = service.source.kind === 'image' ? service.source.reference : '';
  const release = releaseOf(scope.application, service.name, runSpecOf(service, { kind: 'image', reference }), 0);
  return { id: replicaSetId(scope, release.id), scope, release, replicas: replicasFor(service, undefined), generation: 0 };
}

function surroundingsOf(spec: ApplicationSpec, { needs }: ServiceSpec, home: string): Readonly<Record<string, string>> {
  const host = hostInCluster(home);
  const reachable = spec.services.filter(({ name, port }) => needs.includes(name) && port !== undefined);
  return Object.assign({}, ...reachable.map(({ name }) => neighbourVariables(name, { host: host(spec, name), port: neighbourPort })));
}
