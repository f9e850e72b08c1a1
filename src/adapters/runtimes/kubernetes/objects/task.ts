// The objects of a task: a Job that starts one pod, once; whatever becomes of it, nothing starts another. Pure.

import { replicaSetId } from '../../../../model/instance.ts';
import type { TaskRun } from '../../../../ports/runtime.ts';
import type { KubeObject } from '../object.ts';
import { begin } from '../object.ts';
import { annotation, label, serviceLabels, taskName } from './names.ts';
import { policyOf } from './neighbourhood.ts';
import { podSpec } from './pod.ts';
import { toldOf } from './render.ts';
import type { SetRequest } from './request.ts';

/** Output of tasks that ended is kept for so long: a week. */
const keptFor = 7 * 24 * 60 * 60;

/** In the order in which they are made, the Job last. */
export function renderTask(run: TaskRun, { home, secrets, surroundings }: Omit<SetRequest, 'set'>): readonly KubeObject[] {
  const name = taskName(home, run.id);
  const labels = { ...serviceLabels(home, run.scope, run.release.service), [label.task]: name };
  const facts = { [annotation.instance]: run.id, [annotation.task]: run.task, [annotation.replicaSet]: setOf(run).id };
  const request = { set: setOf(run), home, secrets, surroundings: { ...surroundings, CODE_TASK: run.task } };
  const pod = { ...podSpec(request, { name, instance: run.id }), restartPolicy: 'Never' };
  return [
    // Nobody may call it; where it may call is a matter of its service.
    { ...begin('NetworkPolicy', { name, labels }), spec: { ...policyOf(home, run.scope, { [label.task]: name }, false), ingress: [] } },
    ...toldOf(request, name, labels),
    {
      ...begin('Job', { name, labels, annotations: facts }),
      spec: {
        completions: 1,
        parallelism: 1,
        backoffLimit: 0,
        ttlSecondsAfterFinished: keptFor,
        template: { metadata: { labels, annotations: facts }, spec: pod },
      },
    },
  ];
}

/** A set of one, as pods are made from; nobody connects to a task, so it gets no port. */
function setOf({ scope, release, command = release.run.command }: TaskRun): SetRequest['set'] {
  const run = { ...release.run, ...(command && { command }), port: undefined };
  return { id: replicaSetId(scope, release.id), scope, release: { ...release, run }, replicas: 1, generation: 0 };
}
