// What an instance needs before there is anything to run it in – its network, its volumes – and what it is told.
import type { StartRequest } from '../../../../ports/instances.ts';
import type { Image } from '../shapes.ts';
import type { Prepared, Site } from '../site.ts';
import { ensureNetwork } from './network.ts';
import { environmentOf, namesInside, userOf } from './spec.ts';
import { ensureVolumes } from './volumes.ts';

/** Idempotent. Errors: those of `ensureNetwork` and `ensureVolumes`. */
export async function prepare(site: Site, request: StartRequest, image: Image, signal: AbortSignal): Promise<Prepared> {
  const network = await ensureNetwork(site, request.replicaSet.scope);
  await ensureVolumes(site, request, image, signal);
  return {
    user: userOf(request.replicaSet.release.run.container ?? {}, image.Config?.User ?? ''),
    environment: environmentOf(request),
    names: namesInside(request),
    network,
  };
}
