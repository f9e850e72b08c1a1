// A repository at Azure DevOps Services or Server: REST API 7.1, builds as runs of pipelines.
import { z } from 'zod';
import type { Commit, PipelineRun } from '../../../model/outside/delivery.ts';
import type { Repository } from '../../../ports/outside/repositories.ts';
import type { HostOptions } from '../rest.ts';
import { read, restOf, segment, shapes, when } from '../rest.ts';

const { text, id } = shapes;
const version = { 'api-version': '7.1' };
const commitShape = z.object({
  commitId: z.string(),
  comment: text,
  author: z.object({ name: text, date: text }).nullish(),
  committer: z.object({ date: text }).nullish(),
});
const changesShape = z.object({
  changes: z.array(z.object({ changeType: text, item: z.object({ path: text, isFolder: z.boolean().optional() }) })),
});
const buildShape = z.object({
  id,
  status: text,
  result: text,
  sourceBranch: text,
  sourceVersion: text,
  queueTime: text,
  startTime: text,
  finishTime: text,
  definition: z.object({ name: text, id: id.optional() }).nullish(),
});

const mostFiles = 500;

/** `project` and `repository`: as they stand below the organization that the url names. */
export function openAzure(options: HostOptions & { readonly project: string; readonly repository: string }): Repository {
  const rest = restOf(options, (token) => ({
    ...(token !== undefined && { authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}` }),
  }));
  const root = `/${segment(options.project)}/_apis`;
  const site = `${options.url}/${segment(options.project)}`;
  const source = `${root}/git/repositories/${segment(options.repository)}/commits`;
  const build = async (run: string, signal: AbortSignal): Promise<PipelineRun> =>
    runOf(await rest.get(`${root}/build/builds/${segment(run)}`, version, buildShape, signal), site);
  return {
    commits: async ({ branch, path, limit }, signal) => {
      const query = {
        'searchCriteria.itemVersion.version': branch,
        'searchCriteria.itemPath': path,
        'searchCriteria.$top': limit,
        ...version,
      };
      return (await rest.get(source, query, z.object({ value: z.array(commitShape) }), signal)).value.map(commitOf);
    },
    commit: async (sha, signal) => {
      const commit = await rest.get(`${source}/${segment(sha)}`, version, commitShape, signal);
      const { changes } = await rest.get(`${source}/${segment(sha)}/changes`, { top: mostFiles, ...version }, changesShape, signal);
      const files = changes.flatMap(({ changeType, item }) =>
        item.isFolder || !item.path ? [] : [{ path: item.path.replace(/^\//, ''), ...(changeType && { kind: changeType }) }],
      );
      return { ...commitOf(commit), files, more: changes.length >= mostFiles };
    },
    pipelines: {
      list: async ({ branch, limit }, signal) => {
        const query = {
          branchName: branch === undefined ? undefined : full(branch),
          $top: limit,
          queryOrder: 'queueTimeDescending',
          ...version,
        };
        return (await rest.get(`${root}/build/builds`, query, z.object({ value: z.array(buildShape) }), signal)).value.map((one) =>
          runOf(one, site),
        );
      },
      get: build,
      // By the number of the pipeline; its run has the number of a build.
      trigger: async ({ pipeline, branch, inputs }, signal) => {
        const body = { resources: { repositories: { self: { refName: full(branch) } } }, templateParameters: inputs };
        const run = read(
          options.name,
          z.object({ id }),
          await rest.post(`${root}/pipelines/${segment(pipeline)}/runs`, version, body, signal),
        );
        return build(run.id, signal);
      },
    },
  };
}

function full(branch: string): string {
  return branch.startsWith('refs/') ? branch : `refs/heads/${branch}`;
}

function commitOf({ commitId, comment, author, committer }: z.infer<typeof commitShape>): Commit {
  return { id: commitId, author: author?.name ?? '', at: committer?.date ?? author?.date ?? '', message: comment ?? '' };
}

const outcomes: Readonly<Record<string, PipelineRun['outcome']>> = { succeeded: 'succeeded', failed: 'failed', canceled: 'cancelled' };

const states: Readonly<Record<string, PipelineRun['state']>> = { completed: 'ended', inProgress: 'running', cancelling: 'running' };

/** `site`: where a person sees the project. */
function runOf(run: z.infer<typeof buildShape>, site: string): PipelineRun {
  const state = states[run.status ?? ''] ?? 'waiting';
  return {
    id: run.id,
    pipeline: run.definition?.name ?? '',
    state,
    ...(state === 'ended' && { outcome: outcomes[run.result ?? ''] ?? 'other', endedAt: when(run.finishTime) }),
    branch: when(run.sourceBranch?.replace(/^refs\/heads\//, '')),
    commit: when(run.sourceVersion),
    startedAt: when(run.startTime ?? run.queueTime),
    url: `${site}/_build/results?buildId=${run.id}`,
  };
}
