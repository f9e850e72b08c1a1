// `codectl prove security` on applications that are deployed: findings, exit codes, reports, the book; and nothing that is not theirs is asked.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SecurityExhibit } from '../../src/model/proving/probe.ts';
import type { House } from '../kit/house.ts';
import type { Project } from '../kit/project.ts';
import { deployedProject } from '../kit/project.ts';

let house: House;
let project: string;
let run: Project['run'];

const manifest = `
application: safe
services:
  web:
    run: { command: [node, server.js] }
    port: 8080
    routes: [{ host: safe.localhost, path: /shop }]
    probe: { path: /shop, interval: 100ms, timeout: 30s, passes: 1, deadline: 10m }
    strategy: { kind: rolling, bake: 200ms }
    stop: { drain: 30s, grace: 1s }
`;

/** Its search says words back as they come. */
const server = `
const { createServer } = require('node:http');
const { appendFileSync } = require('node:fs');
createServer((request, response) => {
  const url = new URL(request.url, 'http://safe.localhost');
  const careless = url.pathname === '/shop/search';
  const words = url.searchParams.get('q') ?? '';
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  if (url.pathname !== '/shop' && !careless) return response.writeHead(404).end();
  if (request.method !== 'GET') return response.writeHead(405).end();
  response.setHeader('content-type', 'text/html');
  response.end(careless ? words : '<html><a href="/shop/search?q=1">search</a><a href="//elsewhere.invalid/">elsewhere</a></html>');
}).listen(process.env.PORT);
`;

beforeAll(async () => {
  ({ house, directory: project, run } = await deployedProject('safe', { 'code.yaml': manifest, 'server.js': server }));
});
afterAll(() => house[Symbol.asyncDispose]());

/** So long that no machine is too slow for it. */
const patient = ['--patience', '5m'];

describe('prove security', () => {
  it('finds a hole through the gateway, fails by it, and leaves evidence and reports', async () => {
    const ran = await run('--json', 'prove', 'security', 'safe', '--sarif', 'out.sarif', '--junit', 'out.xml', ...patient);
    expect([ran.code, ran.stderr]).toEqual([13, '']);
    const told = JSON.parse(ran.stdout) as { readonly trial: string; readonly verdict: string; readonly evidence: string };
    expect(told).toMatchObject({
      verdict: 'failed',
      figures: expect.arrayContaining([expect.objectContaining({ id: 'security.probes.failed', estimate: 1 })]),
    });
    const exhibit = JSON.parse(await readFile(join(told.evidence, 'security.json'), 'utf8')) as SecurityExhibit;
    const failed = exhibit.results.filter(({ word, severity }) => word === 'failed' && severity !== 'low');
    expect(failed.map(({ probe }) => probe)).toEqual(['injection.page']);
    expect(exhibit.sites[0]).toMatchObject({ site: 'http://safe.localhost', mounts: ['/shop'], answersEverything: false });
    expect(exhibit.sites[0]?.pages.every((page) => page.startsWith('GET /shop'))).toBe(true);
    const sarif = JSON.parse(await readFile(join(project, 'out.sarif'), 'utf8')) as {
      readonly runs: readonly { readonly results: readonly { readonly ruleId: string; readonly level: string }[] }[];
    };
    expect(sarif.runs[0]?.results.filter(({ level }) => level === 'error').map(({ ruleId }) => ruleId)).toContain('injection.page');
    expect(await readFile(join(project, 'out.xml'), 'utf8')).toMatch(/name="injection.page"><failure message="high: /);
    expect(await run('prove', 'show', told.trial)).toMatchObject({ code: 0, stdout: expect.stringContaining('security (standard)') });
  });

  it('passes what is below the severity that fails, and runs the probes that are named', async () => {
    const ran = await run(
      'prove',
      'security',
      'safe',
      '--only',
      'headers.nosniff',
      '--only',
      'injection.page',
      '--fail-on',
      'critical',
      ...patient,
    );
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('injection.page (high, CWE-79)') });
    expect(ran.stdout).not.toContain('headers.csp');
  });

  it('refuses what it does not know, with the choices', async () => {
    expect(await run('prove', 'security', 'safe', '--only', 'headers.cps')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('headers.csp'),
    });
    expect(await run('prove', 'security', 'safe', '--fail-on', 'hihg')).toMatchObject({ code: 2, stderr: expect.stringContaining('high') });
    await writeFile(join(project, 'paths.txt'), '# what to look at\nGET /shop\nhttp://elsewhere.invalid/\n');
    expect(await run('prove', 'security', 'safe', '--paths', 'paths.txt')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('paths.txt, line 3'),
    });
  });
});
