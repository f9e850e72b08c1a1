// The Swarm driver: each instance a service of one task, placed by the Swarm of the Engine, found again by its labels.
import { CodeError } from '../../../base/errors.ts';
import type { InstanceRecord } from '../../../ports/store.ts';
import { prepare } from './create/prepare.ts';
import type { DockerInstances } from './docker.ts';
import { changesOf } from './events.ts';
import { execIn } from './exec.ts';
import { imagesOf } from './images/port.ts';
import { logsOf } from './look/logs.ts';
import { portsOf, usageOf } from './look/usage.ts';
import type { DockerOptions } from './site.ts';
import { openSite } from './site.ts';
import { hasEnded, lifecycleOf } from './swarm/lifecycle.ts';

/** Opens nothing before it is asked: an Engine that is no manager of a Swarm is told to whoever wants to use it. */
export function createSwarmInstances(options: Omit<DockerOptions, 'swarm'>): DockerInstances {
  const site = openSite({ ...options, swarm: true });
  const { pin, exportImage } = imagesOf(site);
  return {
    name: 'swarm',
    ...lifecycleOf(site, {
      pin,
      prepare: (request, image, signal) => prepare(site, request, image, signal),
    }),
    // Of what its own node has: nothing is fetched to be looked at.
    exportImage,
    // The Engine hears of its own containers before the Swarm does, and of others' not at all: those are found by the next pass.
    onChange: changesOf(site, (instance) => hasEnded(site, instance)),
    logs: (record, how, signal) => logsOf(site, record, how, signal),
    // Of those on other nodes, and behind published ports, nobody can tell.
    ...(options.reach === 'address' ? { listening: portsOf } : {}),
    stats: (records) => usageOf(site, records.filter(isHere)),
    exec: (record, command, signal) => {
      if (!isHere(record)) throw elsewhere(record);
      return execIn(site, record, command, signal);
    },
    close: () => site.lifetime.abort(),
  };
}

function isHere({ handle }: InstanceRecord): boolean {
  return typeof handle['container'] === 'string';
}

function elsewhere({ id, node, state }: InstanceRecord): CodeError {
  if (node === undefined || state === 'starting')
    return new CodeError('instance_unknown', `${id} does not run.`, { hint: 'List what runs: codectl status.', details: { instance: id } });
  return new CodeError('unsupported', `${id} runs on the node ${node}, whose Engine is not ours to ask.`, {
    hint: `Run the command there: docker exec in the container whose label codectl.instance is ${id}.`,
    details: { instance: id, node },
  });
}
