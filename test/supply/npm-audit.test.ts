// What npm audit asks of a registry, before a peer that takes the question as registries do and nothing else; without an answer nothing is measured.
import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openNpmAudit } from '../../src/adapters/advisories/npm/audit.ts';
import { decideScan } from '../../src/decide/supply/scan.ts';
import { audited } from '../../src/engine/supply/audit.ts';
import type { Component } from '../../src/model/supply/component.ts';
import { outboundTo } from '../../src/platform/guard/network/outbound.ts';

let server: Server;
let url: string;
const asked: unknown[] = [];
/** What it knows, as registries answer it. */
let known: Record<string, unknown>;
let answer: ((asked: Record<string, unknown>) => readonly [number, string]) | undefined;
const { signal } = new AbortController();
const now = Date.UTC(2026, 0, 10);

const minimist = {
  id: 1,
  url: 'https://github.com/advisories/GHSA-vh95-rmgr-6w4m',
  title: 'Prototype pollution',
  vulnerable_versions: '<0.2.1',
};
const left = {
  id: 7,
  url: 'https://github.com/advisories/GHSA-2222-3333-4444',
  title: 'Left is wrong',
  severity: 'high',
  vulnerable_versions: '>=1.0.0 <1.2.0 || 2.x',
  cwe: ['CWE-79'],
  cvss: { score: 9.8, vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' },
};

/** Strict: what a registry would refuse is refused, and named in the answer. */
async function reply(request: IncomingMessage): Promise<readonly [number, string]> {
  const { method, url: path = '', headers } = request;
  if (path !== '/npm/-/npm/v1/security/advisories/bulk') return [404, `no such path: ${path}`];
  if (method !== 'POST' || headers['content-type'] !== 'application/json') return [415, `${method} ${headers['content-type']}`];
  const question = JSON.parse(await text(request)) as Record<string, unknown>;
  const wrong = Object.entries(question).find(
    ([, versions]) => !Array.isArray(versions) || versions.some((one) => typeof one !== 'string'),
  );
  if (wrong) return [400, `versions of ${wrong[0]}`];
  asked.push(question);
  if (answer) return answer(question);
  return [
    200,
    JSON.stringify(Object.fromEntries(Object.keys(question).flatMap((name) => (known[name] === undefined ? [] : [[name, known[name]]])))),
  ];
}

beforeAll(async () => {
  server = createServer((request, response) => {
    void reply(request).then(([status, body]) => response.writeHead(status, { 'content-type': 'application/json' }).end(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/npm/`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked.length = 0;
  known = { minimist: [minimist], left: [left] };
  answer = undefined;
});

const component = (name: string, version: string, ecosystem = 'npm'): Component => ({
  name,
  version,
  purl: `pkg:${ecosystem}/${name}@${version}`,
  advised: { ecosystem, name, version },
  found: ['package-lock.json'],
});

async function scan(components: readonly Component[], registry = url, rules: readonly string[] = []) {
  const audits = openNpmAudit({ registry, outbound: outboundTo(rules) });
  const { harvest, gap } = await audited(
    audits,
    components.map(({ advised }) => advised),
    undefined,
    now,
    signal,
  );
  return { ...decideScan({ inventory: { components, unread: [] }, harvest, now, maxAge: 1 }), gap };
}

describe('npm audit', () => {
  it('finds what the registry knows of these versions, dated, with a computed severity and the name that others use', async () => {
    const { state, findings, ecosystems } = await scan([
      component('left', '1.1.0'),
      component('left', '3.0.0'),
      component('right', '1.0.0'),
    ]);
    expect(state).toBe('not_met');
    expect(findings).toMatchObject([
      {
        id: 'GHSA-2222-3333-4444',
        purl: 'pkg:npm/left@1.1.0',
        severity: { score: 9.8, rating: 'critical' },
        summary: 'Left is wrong (>=1.0.0 <1.2.0 || 2.x)',
        sources: [expect.stringContaining('/npm/-/npm/v1/security/advisories/bulk')],
        modified: now,
      },
    ]);
    expect(ecosystems).toMatchObject([{ ecosystem: 'npm', asOf: now, asked: url }]);
    expect(asked).toEqual([{ left: ['1.1.0', '3.0.0'], minimist: ['0.0.8'], right: ['1.0.0'] }]);
  });

  it('is met where it knows nothing of them, and tells the registry of npm packages alone', async () => {
    const { state, ecosystems } = await scan([component('right', '1.0.0')]);
    expect({ state, ecosystems }).toMatchObject({ state: 'met', ecosystems: [{ state: 'met', records: 0 }] });
    const mixed = await scan([component('right', '1.0.0'), component('secret-thing', '1.0', 'PyPI')]);
    expect(mixed.state).toBe('not_measured');
    expect(JSON.stringify(asked)).not.toContain('secret-thing');
    asked.length = 0;
    await scan([component('other', '1.0', 'PyPI')]);
    expect(asked).toEqual([]);
  });

  it('judges versions as npm does: what comes before a release counts, and the well-known one only where it is live', async () => {
    expect((await scan([component('left', '1.2.0-rc.1'), component('left', '2.5.0')])).findings.map(({ version }) => version)).toEqual(
      expect.arrayContaining(['1.2.0-rc.1', '2.5.0']),
    );
    expect((await scan([component('minimist', '0.0.8')])).findings.map(({ id }) => id)).toEqual(['GHSA-vh95-rmgr-6w4m']);
    expect((await scan([component('minimist', '1.2.8')])).state).toBe('met');
  });

  it('asks about many packages in several questions', async () => {
    const many = Array.from({ length: 2_100 }, (_, at) => component(`p${at}`, '1.0.0'));
    expect((await scan([...many, component('left', '1.0.0')])).findings).toHaveLength(1);
    expect(asked).toHaveLength(3);
    const names = new Set(asked.flatMap((one) => Object.keys(one as object)));
    expect(names.size).toBe(2_102);
  });
});

describe('npm audit measures nothing', () => {
  it.each<[string, () => readonly [number, string], RegExp]>([
    ['of a registry that takes no audits', () => [404, 'not here'], /404, so it takes no audits/],
    ['of one that fails', () => [500, 'x'], /answered 500/],
    ['of one that answers nothing about anything', () => [200, '{}'], /none about minimist 0\.0\.8/],
    ['of a page', () => [200, '<html>'], /not JSON/],
    ['of another answer', () => [200, '{"left":{"a":1}}'], /cannot be read: left/],
    [
      'of ranges that are none',
      () => [200, JSON.stringify({ minimist: [minimist], left: [{ ...left, vulnerable_versions: 'all' }] })],
      /no range/,
    ],
    ['of records without ranges', () => [200, JSON.stringify({ minimist: [minimist], left: [{ id: 1 }] })], /vulnerable_versions/],
    ['of what reaches for a prototype', () => [200, '{"__proto__":[]}'], /refused/],
  ])('%s', async (_, given, because) => {
    answer = given;
    const { state, gap, findings } = await scan([component('left', '1.0.0')]);
    expect({ state, findings }).toEqual({ state: 'not_measured', findings: [] });
    expect(gap).toMatch(because);
  });

  it('of one that is not there, or that the engine may not call', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, 'close');
    expect((await scan([component('left', '1.0.0')], `http://127.0.0.1:${port}`)).gap).toContain('ECONNREFUSED');
    expect((await scan([component('left', '1.0.0')], url, ['registry.example.org'])).gap).toContain('may not call');
    expect((await scan([component('left', '1.0.0')], 'http://169.254.169.254')).gap).toContain('may not call');
    expect(asked).toEqual([]);
  });

  it('where no registry is named: then it is no answer, but an error', async () => {
    await expect(audited(undefined, [], undefined, now, signal)).rejects.toMatchObject({ code: 'settings_invalid' });
  });
});
