// Commits and pipelines at the three hosts, through the operations: the same answers whatever the host, bounded to what is registered, and words of strangers said to be so.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOutside } from '../../src/main/outside/open.ts';
import type { RepositorySettings } from '../../src/main/outside/settings.ts';
import { House, local } from '../access/kit.ts';
import type { HostState } from './hosts.ts';
import { azure, github, gitlab, hash } from './hosts.ts';
import type { Peer } from './kit.ts';
import { peer } from './kit.ts';

let directory: string;
let host: Peer;
let house: House;
let state: HostState;
let registered: RepositorySettings;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'codectl-hosts-'));
  state = { left: 0, started: [] };
});
afterEach(async () => {
  await house.world.stop();
  await host.close();
  rmSync(directory, { recursive: true });
});

const kinds = {
  github: { answers: github, token: 'gh-token', pipeline: 'ci.yml', path: '', more: { repository: 'acme/shop' } },
  gitlab: { answers: gitlab, token: 'gl-token', pipeline: 'pipeline', path: '/api/v4', more: { project: 'acme/shop' } },
  azure: { answers: azure, token: 'az-token', pipeline: '12', path: '/acme', more: { project: 'My shop', repository: 'shop' } },
} as const;

async function begin(kind: keyof typeof kinds, token: string = kinds[kind].token): Promise<void> {
  const { answers, pipeline, path, more } = kinds[kind];
  host = await peer(answers(state));
  const file = join(directory, 'token');
  writeFileSync(file, `${token}\n`);
  registered = {
    name: 'shop',
    application: 'shop',
    environment: 'test',
    kind,
    url: `${host.url}${path}`,
    triggers: [pipeline],
    token_file: file,
    ...more,
  } as RepositorySettings;
  house = await House.open({}, { repositories: [registered] });
}

const repository = 'shop';

describe.each(['github', 'gitlab', 'azure'] as const)('a repository at %s', (kind) => {
  it('tells commits, what one of them changed, and how pipelines ended', async () => {
    await begin(kind);
    const commit = { id: hash, author: 'Ann', at: '2026-11-23T10:00:00Z', message: 'Ship it' };
    expect(await house.ask('delivery.commits', { repository, branch: 'main', limit: 5 })).toEqual({ commits: [commit] });
    expect(await house.ask('delivery.commit', { repository, id: hash })).toMatchObject({
      ...commit,
      files: [{ path: 'a.ts' }],
      more: false,
    });
    const { runs } = (await house.ask('delivery.pipelines', { repository, branch: 'main' })) as { runs: readonly object[] };
    expect(runs).toEqual([
      expect.objectContaining({
        id: '7',
        state: 'ended',
        outcome: 'failed',
        branch: 'main',
        commit: hash,
        url: expect.stringContaining('7'),
      }),
    ]);
  });

  it('is waited for until its run has ended, or for so long', async () => {
    await begin(kind);
    state.left = 3;
    let now = 0;
    const clock = { now: () => now, sleep: async (ms: number) => void (now += ms) };
    const { delivery } = openOutside({ clock, settings: { repositories: [registered] } });
    const { signal } = new AbortController();
    expect(await delivery.wait('shop', '7', 60_000, signal)).toMatchObject({ state: 'ended', outcome: 'failed' });
    expect([state.left, now]).toEqual([-1, 9_000]);
    state.left = 1_000;
    expect(await delivery.wait('shop', '7', 10_000, signal)).toMatchObject({ state: 'running' });
    expect(now).toBe(19_000);
    expect(await house.ask('delivery.wait', { repository, run: '7', seconds: 0 })).toMatchObject({ state: 'running' });
  });

  it('starts what is registered and nothing else, where its caller may change something', async () => {
    await begin(kind);
    const { pipeline } = kinds[kind];
    const limits = { replicas: 3, services: 2, environments: ['test'] };
    const agent = await house.bearer({ name: 'helper', kind: 'agent', grants: [{ role: 'agent', application: 'shop' }], limits });
    const wish = { repository, pipeline, branch: 'main', inputs: { LEVEL: 'all' } };
    expect(await house.told('delivery.trigger', { ...wish, pipeline: 'deploy-everything' }, agent)).toBe('denied');
    expect(state.started).toEqual([]);
    expect(await house.ask('delivery.trigger', wish, agent)).toMatchObject({ run: { state: expect.stringMatching(/waiting|running/) } });
    expect(state.started).toEqual([{ pipeline, branch: 'main', inputs: { LEVEL: 'all' } }]);
    // What it was told holds words of whoever named the branch.
    expect(await house.told('delivery.trigger', wish, agent)).toBe('denied');
    const other = await house.bearer({ name: 'other', kind: 'agent', grants: [{ role: 'agent', application: 'bank' }], limits });
    expect(await house.told('delivery.commits', { repository }, other)).toBe('denied');
  });

  it('says what there is not, and whose credential is refused, without it', async () => {
    await begin(kind, 'another-secret');
    const refused = await house.ask('delivery.commits', { repository }).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'outside_unavailable', message: expect.stringContaining('refused our credential (401)') });
    expect(JSON.stringify(refused)).not.toContain('another-secret');
    writeFileSync(join(directory, 'token'), kinds[kind].token);
    expect(await house.told('delivery.commits', { repository, branch: 'none' })).toBe('outside_unknown');
    expect(await house.told('delivery.commits', { repository: 'shopp' })).toBe('outside_unknown');
    await host.close();
    expect(await house.told('delivery.commits', { repository }, local)).toBe('outside_unavailable');
  });
});
