// From a replica set to the objects that a cluster is asked for. Pure: the same set gives the same objects.
import type { KubeObject } from '../object.ts';
import { begin } from '../object.ts';
import { annotation, homeLabels, label, serviceLabels, setName } from './names.ts';
import { addressOf, neighbourhood } from './neighbourhood.ts';
import { hasAny, podSpec } from './pod.ts';
import type { SetRequest } from './request.ts';

export interface SetObjects {
  /** Of the service, shared by all its sets. */
  readonly shared: readonly KubeObject[];
  /** What the pods are told; they wait for it. */
  readonly told: readonly KubeObject[];
  readonly deployment: KubeObject;
}

/** A Deployment never rolls: its release is immutable, and another release has another Deployment. */
export function renderSet(request: SetRequest): SetObjects {
  const { set, home } = request;
  const name = setName(home, set);
  const { service } = set.release;
  const labels = { ...serviceLabels(home, set.scope, service), [label.set]: name };
  return {
    shared: neighbourhood(home, set.scope, service, set.release.run.port !== undefined),
    told: [
      ...toldOf(request, name, labels),
      ...(request.gateway && set.release.run.port !== undefined ? [addressOf(name, labels, ownPods(home, name))] : []),
    ],
    deployment: deploymentOf(request, name, labels),
  };
}

/** By which the pods of one set are found. */
function ownPods(home: string, name: string) {
  return { ...homeLabels(home), [label.set]: name };
}

/** In the order in which they are to be made. */
export function inOrder({ shared, told, deployment }: SetObjects): readonly KubeObject[] {
  return [...shared, ...told, deployment];
}

/** Beside the Deployment, so that other surroundings reach new pods and replace none. */
export function toldOf(
  { set, secrets, surroundings }: SetRequest,
  name: string,
  labels: KubeObject['metadata']['labels'],
): readonly KubeObject[] {
  const values = Object.entries(secrets).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return [
    { ...begin('ConfigMap', { name, labels }), data: { ...surroundings, ...set.release.run.env } },
    ...(hasAny(secrets) ? [{ ...begin('Secret', { name, labels }), type: 'Opaque', data: Object.fromEntries(values) }] : []),
  ];
}

function deploymentOf(request: SetRequest, name: string, labels: Readonly<Record<string, string>>): KubeObject {
  const { set, home } = request;
  const { run, service } = set.release;
  const facts = {
    [annotation.replicaSet]: set.id,
    [annotation.generation]: String(set.generation),
    [annotation.drain]: String(run.stop.drain),
    ...(run.port === undefined ? {} : { [annotation.port]: String(run.port) }),
  };
  return {
    ...begin('Deployment', { name, labels, annotations: { ...facts, ...(set.unchecked && { [annotation.unchecked]: 'true' }) } }),
    spec: {
      replicas: set.replicas,
      revisionHistoryLimit: 0,
      progressDeadlineSeconds: Math.max(60, Math.ceil(run.probe.deadline / 1000)),
      selector: { matchLabels: ownPods(home, name) },
      template: {
        metadata: { labels: { ...labels, [label.serving]: 'true' }, annotations: facts },
        spec: podSpec(request, { name, spread: serviceLabels(home, set.scope, service) }),
      },
    },
  };
}
