// Makes the container of an instance and starts it; one that an earlier life has made is taken up.
import { CodeError } from '../../../base/errors.ts';
import type { StartRequest } from '../../../ports/instances.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { refusedWith } from './client.ts';
import { prepare } from './create/prepare.ts';
import { startWithSecrets } from './create/secrets.ts';
import { containerSpec } from './create/spec.ts';
import { addressOf, lookAt, notOurs } from './inspect.ts';
import { containerName } from './names.ts';
import type { Container, Image } from './shapes.ts';
import type { Site } from './site.ts';
import type { Making } from './starting.ts';
import { removeContainer } from './stop.ts';

export function containersOf(site: Site): Making {
  return {
    starting: (request) => starting(site, request),
    found: async (request, signal) => {
      const found = await lookAt(site, request.id, signal);
      return found && adopt(site, request, found, signal);
    },
    create: (request, image, signal) => create(site, request, image, signal),
  };
}

/** Also after a crash: one that was created and never ran is started, one that has run is not run a second time. */
async function adopt(site: Site, request: StartRequest, found: Container, signal: AbortSignal): Promise<InstanceRecord> {
  if (found.State.Status !== 'created') return running(site, request, found);
  await begin(site, request, { image: found.Image, user: found.Config.User ?? '' }, signal);
  return running(site, request, (await lookAt(site, request.id, signal)) ?? found);
}

/** Whoever was created has to run: with the files of its secrets, where it has any. */
function begin(
  site: Site,
  request: StartRequest,
  as: { readonly image: string; readonly user: string },
  signal: AbortSignal,
): Promise<void> {
  const path = `/containers/${containerName(site.homeId, request.id)}/start`;
  return startWithSecrets(site, { request, ...as, start: () => site.engine.run({ method: 'POST', path }, signal) }, signal);
}

/** Nothing is left behind when it fails. */
async function create(site: Site, request: StartRequest, image: Image, signal: AbortSignal): Promise<InstanceRecord> {
  const name = containerName(site.homeId, request.id);
  const prepared = await prepare(site, request, image, signal);
  const json = containerSpec(site, request, image.Id, prepared);
  try {
    await site.engine.run({ method: 'POST', path: '/containers/create', query: { name }, json }, signal);
    await begin(site, request, { image: image.Id, user: prepared.user }, signal);
    const found = await lookAt(site, request.id, signal);
    if (found) return running(site, request, found);
    throw new CodeError('runtime_unavailable', `The container ${name} is gone as soon as it was made.`, {
      hint: 'Look at the log of the Docker Engine.',
    });
  } catch (thrown) {
    const mine = await lookAt(site, request.id, site.lifetime.signal).catch(() => undefined);
    if (mine) await removeContainer(site, name, site.lifetime.signal).catch(() => undefined);
    throw explained(thrown, name, request);
  }
}

/** What the Engine says of a container that it cannot make or start, with what to do about it. */
function explained(thrown: unknown, name: string, { replicaSet }: StartRequest): unknown {
  if (!refusedWith(thrown, 400, 404, 409, 500)) return thrown;
  const { reason } = thrown;
  const { service } = replicaSet.release;
  if (thrown.status === 409 && /in use/.test(reason)) return notOurs(name, thrown);
  if (/port is already allocated|address already in use/.test(reason))
    return new CodeError('port_taken', `The Docker Engine cannot publish the port of ${service}: ${reason}.`, {
      hint: 'Somebody else has it: stop them, or deploy again for another port.',
      cause: thrown,
    });
  if (/executable file not found|no such file or directory|permission denied/.test(reason))
    return new CodeError('source_missing', `The image of ${service} cannot run its command: ${reason}.`, {
      hint: `Correct services.${service}.container.command or the image's ENTRYPOINT; it runs as another user than root unless container.user says so.`,
      cause: thrown,
    });
  if (/unable to find (?:user|group)/.test(reason))
    return new CodeError('source_missing', `The image of ${service} does not know its user: ${reason}.`, {
      hint: `Give services.${service}.container.user as numbers, for example 1000:1000.`,
      cause: thrown,
    });
  if (/No command specified/.test(reason))
    return new CodeError('source_missing', `The image of ${service} names no command.`, {
      hint: `Set services.${service}.container.command, or CMD in its Dockerfile.`,
      cause: thrown,
    });
  if (/no space left on device/.test(reason))
    return new CodeError('disk_full', `The disk of the Docker Engine is full: ${reason}.`, {
      hint: 'Free space where its data lies (docker system df), then deploy again.',
      cause: thrown,
    });
  return new CodeError('runtime_unavailable', `The Docker Engine refused to start ${service}: ${reason}.`, {
    hint: 'Look at the log of the Docker Engine.',
    cause: thrown,
  });
}

function starting(site: Site, request: StartRequest): InstanceRecord {
  const { id, replicaSet } = request;
  return {
    id,
    replicaSet: replicaSet.id,
    generation: replicaSet.generation,
    state: 'starting',
    ready: false,
    startedAt: site.clock.now(),
    driver: 'docker',
    handle: { container: containerName(site.homeId, id), port: replicaSet.release.run.port },
  };
}

function running(site: Site, request: StartRequest, found: Container): InstanceRecord {
  return {
    ...starting(site, request),
    state: 'running',
    address: addressOf(site, found, request.replicaSet.release.run.port),
    pid: found.State.Pid > 0 && site.engine.local ? found.State.Pid : undefined,
  };
}
