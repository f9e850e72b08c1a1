// The three hosts of repositories as their documentation has them: addresses, credentials, names of members; anything else is refused.
import type { Answering, Heard } from './kit.ts';

export const hash = '3f9a1c2b4d5e6f708192a3b4c5d6e7f801234567';
const at = '2026-11-23T10:00:00Z';

/** What a test changes: the state of the one run, and what was started. */
export interface HostState {
  /** How many times it is still asked before its run has ended. */
  left: number;
  started: { readonly pipeline: string; readonly branch: string; readonly inputs: unknown }[];
}

type Routes = Readonly<Record<string, (heard: Heard) => ReturnType<Answering>>>;

/** `GET /commits` below a root. */
function routed(root: string, routes: Routes, refused: (heard: Heard) => ReturnType<Answering>): Answering {
  return (heard) => {
    const key = `${heard.method} ${heard.path.startsWith(root) ? heard.path.slice(root.length) : '?'}`;
    return refused(heard) ?? (Object.hasOwn(routes, key) ? routes[key]?.(heard) : undefined);
  };
}

export function github(state: HostState): Answering {
  const run = (id: number, ended: boolean) => ({
    id,
    name: 'CI',
    path: '.github/workflows/ci.yml',
    head_branch: 'main',
    head_sha: hash,
    status: ended ? 'completed' : 'in_progress',
    conclusion: ended ? 'failure' : null,
    run_started_at: at,
    created_at: at,
    updated_at: at,
    html_url: `https://github.example/acme/shop/actions/runs/${id}`,
  });
  const commit = { sha: hash, commit: { message: 'Ship it', author: { name: 'Ann', date: at }, committer: { name: 'GitHub', date: at } } };
  const routes: Routes = {
    'GET /commits': ({ query }) => page(query, 'per_page', query.get('sha') === 'none' ? undefined : [commit]),
    [`GET /commits/${hash}`]: () => ({
      status: 200,
      body: { ...commit, files: [{ filename: 'a.ts', status: 'modified', additions: 2, deletions: 1 }] },
    }),
    'GET /actions/runs': ({ query }) => page(query, 'per_page', { total_count: 1, workflow_runs: [run(7, true)] }),
    'GET /actions/runs/7': () => ({ status: 200, body: run(7, (state.left -= 1) < 0) }),
    'GET /actions/workflows/ci.yml/runs': ({ query }) =>
      page(query, 'per_page', { total_count: 0, workflow_runs: state.started.map((_, index) => run(100 + index, false)).toReversed() }),
    'POST /actions/workflows/ci.yml/dispatches': ({ body }) => {
      const { ref, inputs, ...more } = JSON.parse(body) as { ref?: string; inputs?: unknown };
      if (ref === undefined || Object.keys(more).length > 0) return { status: 422, body: { message: 'Invalid request' } };
      state.started.push({ pipeline: 'ci.yml', branch: ref, inputs });
      return { status: 204 };
    },
  };
  return routed('/repos/acme/shop', routes, ({ headers }) => {
    if (headers.authorization !== 'Bearer gh-token') return { status: 401, body: { message: 'Bad credentials' } };
    const known = headers.accept === 'application/vnd.github+json' && headers['user-agent'] !== undefined;
    return known ? undefined : { status: 403, body: { message: 'Request forbidden' } };
  });
}

export function gitlab(state: HostState): Answering {
  const run = (id: number, status: string) => ({
    id,
    ref: 'main',
    sha: hash,
    status,
    source: 'push',
    created_at: at,
    started_at: at,
    finished_at: status === 'failed' ? at : null,
    updated_at: at,
    web_url: `https://gitlab.example/acme/shop/-/pipelines/${id}`,
  });
  const commit = {
    id: hash,
    short_id: hash.slice(0, 8),
    title: 'Ship it',
    message: 'Ship it',
    author_name: 'Ann',
    committed_date: at,
    created_at: at,
  };
  const routes: Routes = {
    'GET /repository/commits': ({ query }) => page(query, 'per_page', query.get('ref_name') === 'none' ? undefined : [commit]),
    [`GET /repository/commits/${hash}`]: () => ({ status: 200, body: commit }),
    [`GET /repository/commits/${hash}/diff`]: () => ({
      status: 200,
      body: [{ old_path: 'a.ts', new_path: 'a.ts', new_file: false, deleted_file: false, renamed_file: false, diff: '@@' }],
    }),
    'GET /pipelines': ({ query }) => page(query, 'per_page', [run(7, 'failed')]),
    'GET /pipelines/7': () => ({ status: 200, body: run(7, (state.left -= 1) < 0 ? 'failed' : 'running') }),
    'POST /pipeline': ({ body }) => {
      const { ref = '', variables = [] } = JSON.parse(body) as { ref?: string; variables?: { key: string; value: string }[] };
      const inputs = Object.fromEntries(variables.map(({ key, value }) => [key, value]));
      state.started.push({ pipeline: 'pipeline', branch: ref, inputs });
      return { status: 201, body: run(100, 'created') };
    },
  };
  return routed('/api/v4/projects/acme%2Fshop', routes, ({ headers }) =>
    headers['private-token'] === 'gl-token' ? undefined : { status: 401, body: { message: '401 Unauthorized' } },
  );
}

export function azure(state: HostState): Answering {
  const build = (id: number, ended: boolean) => ({
    id,
    buildNumber: `20261123.${id}`,
    status: ended ? 'completed' : 'inProgress',
    ...(ended && { result: 'failed', finishTime: at }),
    sourceBranch: 'refs/heads/main',
    sourceVersion: hash,
    queueTime: at,
    startTime: at,
    definition: { id: 12, name: 'CI' },
    _links: { web: { href: `https://dev.azure.example/acme/shop/_build/results?buildId=${id}` } },
  });
  const commit = {
    commitId: hash,
    comment: 'Ship it',
    author: { name: 'Ann', email: 'ann@example.org', date: at },
    committer: { name: 'Ann', date: at },
  };
  const commits = '/git/repositories/shop/commits';
  const routes: Routes = {
    [`GET ${commits}`]: ({ query }) =>
      page(
        query,
        'searchCriteria.$top',
        query.get('searchCriteria.itemVersion.version') === 'none' ? undefined : { count: 1, value: [commit] },
      ),
    [`GET ${commits}/${hash}`]: () => ({ status: 200, body: commit }),
    [`GET ${commits}/${hash}/changes`]: () => ({
      status: 200,
      body: {
        changes: [
          { item: { path: '/src', isFolder: true }, changeType: 'edit' },
          { item: { path: '/a.ts' }, changeType: 'edit' },
        ],
      },
    }),
    'GET /build/builds': ({ query }) => {
      const whole = query.get('branchName')?.startsWith('refs/') ?? true;
      return whole ? page(query, '$top', { count: 1, value: [build(7, true)] }) : { status: 400 };
    },
    'GET /build/builds/7': () => ({ status: 200, body: build(7, (state.left -= 1) < 0) }),
    'GET /build/builds/100': () => ({ status: 200, body: build(100, false) }),
    'POST /pipelines/12/runs': ({ body }) => {
      const { resources, templateParameters } = JSON.parse(body) as {
        resources: { repositories: { self: { refName: string } } };
        templateParameters?: unknown;
      };
      const branch = resources.repositories.self.refName.replace('refs/heads/', '');
      state.started.push({ pipeline: '12', branch, inputs: templateParameters });
      return {
        status: 200,
        body: { id: 100, name: '20261123.100', state: 'inProgress', pipeline: { id: 12, name: 'CI' }, createdDate: at },
      };
    },
  };
  return routed('/acme/My%20shop/_apis', routes, ({ headers, query }) => {
    if (headers.authorization !== `Basic ${Buffer.from(':az-token').toString('base64')}`) return { status: 401 };
    return query.get('api-version') === '7.1' ? undefined : { status: 400, body: { message: 'No api-version was supplied' } };
  });
}

/** Lists are asked for by a size that the host has. */
function page(query: Heard['query'], name: string, body: unknown) {
  const size = Number(query.get(name));
  if (!(size >= 1 && size <= 100)) return { status: 400, body: { message: `${name} is missing` } };
  return body === undefined ? undefined : { status: 200, body };
}
