// A project at GitLab, of its own site or self-managed: REST API v4.
import { z } from 'zod';
import type { Commit, PipelineRun } from '../../../model/outside/delivery.ts';
import type { Repository } from '../../../ports/outside/repositories.ts';
import type { HostOptions } from '../rest.ts';
import { read, restOf, segment, shapes, when } from '../rest.ts';

const { text, id } = shapes;
const commitShape = z.object({ id: z.string(), message: z.string(), author_name: text, committed_date: text, created_at: text });
const diffShape = z.array(
  z.object({
    new_path: z.string(),
    new_file: z.boolean().optional(),
    deleted_file: z.boolean().optional(),
    renamed_file: z.boolean().optional(),
  }),
);
const runShape = z.object({
  id,
  ref: text,
  sha: text,
  status: z.string(),
  source: text,
  name: text,
  created_at: text,
  started_at: text,
  finished_at: text,
  updated_at: text,
  web_url: text,
});

const mostFiles = 100;

/** `project`: its path, `group/shop`. */
export function openGitlab(options: HostOptions & { readonly project: string }): Repository {
  const rest = restOf(options, (token) => ({ ...(token !== undefined && { 'private-token': token }) }));
  const root = `/projects/${segment(options.project)}`;
  return {
    commits: async ({ branch, path, limit }, signal) =>
      (await rest.get(`${root}/repository/commits`, { ref_name: branch, path, per_page: limit }, z.array(commitShape), signal)).map(
        commitOf,
      ),
    commit: async (sha, signal) => {
      const commit = await rest.get(`${root}/repository/commits/${segment(sha)}`, {}, commitShape, signal);
      const diff = await rest.get(`${root}/repository/commits/${segment(sha)}/diff`, { per_page: mostFiles }, diffShape, signal);
      const kind = (one: (typeof diff)[number]) =>
        one.new_file ? 'added' : one.deleted_file ? 'removed' : one.renamed_file ? 'renamed' : 'modified';
      return { ...commitOf(commit), files: diff.map((one) => ({ path: one.new_path, kind: kind(one) })), more: diff.length >= mostFiles };
    },
    pipelines: {
      list: async ({ branch, limit }, signal) =>
        (await rest.get(`${root}/pipelines`, { ref: branch, per_page: limit }, z.array(runShape), signal)).map(runOf),
      get: async (run, signal) => runOf(await rest.get(`${root}/pipelines/${segment(run)}`, {}, runShape, signal)),
      // A project has one pipeline; what it runs follows from its variables.
      trigger: async ({ branch, inputs }, signal) => {
        const variables = Object.entries(inputs).map(([key, value]) => ({ key, value }));
        return runOf(read(options.name, runShape, await rest.post(`${root}/pipeline`, {}, { ref: branch, variables }, signal)));
      },
    },
  };
}

function commitOf({ id: sha, message, author_name, committed_date, created_at }: z.infer<typeof commitShape>): Commit {
  return { id: sha, author: author_name ?? '', at: committed_date ?? created_at ?? '', message };
}

const ended: Readonly<Record<string, PipelineRun['outcome']>> = {
  success: 'succeeded',
  failed: 'failed',
  canceled: 'cancelled',
  skipped: 'other',
};

function runOf(run: z.infer<typeof runShape>): PipelineRun {
  const outcome = ended[run.status];
  const busy = run.status === 'running' || run.status === 'canceling';
  return {
    id: run.id,
    pipeline: run.name ?? run.source ?? 'pipeline',
    state: outcome ? 'ended' : busy ? 'running' : 'waiting',
    ...(outcome && { outcome, endedAt: when(run.finished_at ?? run.updated_at) }),
    branch: when(run.ref),
    commit: when(run.sha),
    startedAt: when(run.started_at ?? run.created_at),
    url: when(run.web_url),
  };
}
