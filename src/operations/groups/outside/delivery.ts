// delivery.*: where code comes from and what pipelines make of it. What people wrote there is words of strangers.
import { z } from 'zod';
import type { RegisteredRepository } from '../../../engine/outside/delivery.ts';
import { concernOf } from '../../../engine/outside/registered.ts';
import type { Commit, PipelineRun } from '../../../model/outside/delivery.ts';
import type { About } from '../../operation.ts';
import { defineCall } from '../../operation.ts';
import type { Services } from '../../services.ts';

const repository = z.string().max(40);
const branch = z.string().min(1).max(200);
const count = z.coerce.number().int().min(1).max(100).default(20);
const commitShape = { id: z.string(), author: z.string(), at: z.string(), message: z.string() };
const runView = z.object({
  id: z.string(),
  pipeline: z.string(),
  branch: z.string().optional(),
  commit: z.string().optional(),
  state: z.enum(['waiting', 'running', 'ended']),
  outcome: z.enum(['succeeded', 'failed', 'cancelled', 'other']).optional().describe('Absent: it has not ended'),
  started_at: z.string().optional(),
  ended_at: z.string().optional(),
  url: z.string().optional(),
});
const untrusted = ['author', 'message', 'path', 'pipeline', 'branch'];

const about = async ({ repository: name }: { readonly repository: string }, { outside }: Services): Promise<About> => ({
  place: concernOf(outside.delivery.find(name)),
});

export const deliveryOperations = [
  defineCall({
    name: 'delivery.repositories',
    summary: 'Lists the repositories that are registered, and which pipelines may be started.',
    effect: 'read',
    input: z.strictObject({ application: z.string().max(40).optional() }),
    output: z.object({
      repositories: z.array(
        z.object({
          name: z.string(),
          kind: z.string(),
          application: z.string().optional(),
          environment: z.string().optional(),
          pipelines: z.boolean(),
          triggers: z.array(z.string()),
        }),
      ),
    }),
    handler: async ({ application }, { services }) => ({
      repositories: services.outside.delivery
        .list()
        .filter((one) => application === undefined || one.application === application)
        .map(viewRepository),
    }),
  }),
  defineCall({
    name: 'delivery.commits',
    summary: 'Lists commits of a repository, the newest first.',
    effect: 'read',
    about,
    untrusted,
    input: z.strictObject({ repository, branch: branch.optional(), path: z.string().min(1).max(1_000).optional(), limit: count }),
    output: z.object({ commits: z.array(z.object(commitShape)) }),
    handler: async ({ repository: name, ...wish }, { services, signal }) => ({
      commits: (await services.outside.delivery.find(name).client.commits(wish, signal)).map((one: Commit) => ({ ...one })),
    }),
  }),
  defineCall({
    name: 'delivery.commit',
    summary: 'Shows one commit with the files that it changed.',
    effect: 'read',
    about,
    untrusted,
    input: z.strictObject({ repository, id: z.string().regex(/^[0-9a-f]{4,64}$/, 'expected the hash of a commit') }),
    output: z.object({
      ...commitShape,
      files: z.array(z.object({ path: z.string(), kind: z.string().optional(), added: z.int().optional(), removed: z.int().optional() })),
      more: z.boolean().describe('Not all files are told'),
    }),
    handler: async ({ repository: name, id }, { services, signal }) => {
      const found = await services.outside.delivery.find(name).client.commit(id, signal);
      return { ...found, files: found.files.map((one) => ({ ...one })) };
    },
  }),
  defineCall({
    name: 'delivery.pipelines',
    summary: 'Lists runs of pipelines (CI, builds) of a repository, the newest first.',
    effect: 'read',
    about,
    untrusted,
    input: z.strictObject({ repository, branch: branch.optional(), limit: count }),
    output: z.object({ runs: z.array(runView) }),
    handler: async ({ repository: name, ...wish }, { services, signal }) => ({
      runs: (await services.outside.delivery.pipelines(name).list(wish, signal)).map(viewRun),
    }),
  }),
  defineCall({
    name: 'delivery.wait',
    summary: 'Waits for a run of a pipeline to end and tells its outcome; 0 seconds: tells how it stands now.',
    effect: 'read',
    about,
    untrusted,
    input: z.strictObject({
      repository,
      run: z.string().regex(/^[\w-]{1,100}$/),
      seconds: z.coerce.number().int().min(0).max(300).default(60),
    }),
    output: runView,
    handler: async ({ repository: name, run, seconds }, { services, signal }) =>
      viewRun(await services.outside.delivery.wait(name, run, seconds * 1_000, signal)),
  }),
  defineCall({
    name: 'delivery.trigger',
    summary: 'Starts a pipeline that the settings let be started from here.',
    effect: 'write',
    openWorld: true,
    about,
    untrusted,
    input: z.strictObject({
      repository,
      pipeline: z.string().min(1).max(200),
      branch,
      inputs: z.record(z.string().regex(/^[\w.-]{1,100}$/), z.string().max(4_000)).default({}),
    }),
    output: z.object({ run: runView.optional().describe('Absent: taken, and not seen yet') }),
    handler: async ({ repository: name, ...wish }, { services, signal }) => {
      const run = await services.outside.delivery.trigger(name, wish, signal);
      return run ? { run: viewRun(run) } : {};
    },
  }),
];

function viewRepository({ name, kind, client, triggers, ...concern }: RegisteredRepository) {
  return { name, kind, ...concernOf(concern), pipelines: client.pipelines !== undefined, triggers: [...triggers] };
}

function viewRun({ startedAt, endedAt, ...run }: PipelineRun): z.infer<typeof runView> {
  return { ...run, started_at: startedAt, ended_at: endedAt };
}
