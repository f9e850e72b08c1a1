// What fits a manifest is silent, what does not is named, and what was not seen is never taken for fitting.
import { describe, expect, it } from 'vitest';
import type { RunningProgram, Sighting } from '../../model/watch/watch.ts';
import { egressVerdict } from './egress.ts';
import type { Expected } from './judge.ts';
import { judge } from './judge.ts';

const scope = { application: 'shop', environment: 'live' };
const expected: Expected = { scope, service: 'api', instance: 'api-1', startedAt: 1000, ports: [8080] };
const main: RunningProgram = { path: '/usr/bin/node', main: true, released: false, deleted: false, writtenAt: 5 };
const quiet: Sighting = {
  listening: { seen: [{ host: '127.0.0.1', port: 8080 }] },
  programs: { seen: [main] },
  memoryKills: { seen: 0 },
};
const found = (sighting: Partial<Sighting>, more: Partial<Expected> = {}) =>
  judge({ ...quiet, ...sighting }, { ...expected, ...more }).findings.map(({ kind, what }) => `${kind} ${what}`);
const programs = (...all: readonly Partial<RunningProgram>[]) => ({
  programs: { seen: all.map((one) => ({ ...main, main: false, ...one })) },
});

describe('what was seen of an instance', () => {
  it('is silent where it fits', () => {
    expect(found({})).toEqual([]);
    expect(found({ listening: { seen: [{ host: '::', port: 9090 }] } }, { ports: [8080, 9090] })).toEqual([]);
    expect(found(programs({ path: '/usr/bin/git' }), { programs: ['git'] })).toEqual([]);
    expect(found(programs({ path: '/usr/bin/git' }), { programs: ['/usr/bin/git'] })).toEqual([]);
    // Nobody said what it may start, or where it may connect to.
    expect(found(programs({ path: '/bin/sh' }))).toEqual([]);
    expect(found({ outbound: { seen: [{ host: '192.0.2.1', port: 443 }] } })).toEqual([]);
    expect(found({ memoryKills: { seen: 3 } }, { memoryKills: 3 })).toEqual([]);
  });

  it.each<readonly [string, Partial<Sighting>, Partial<Expected>]>([
    ['unexpected_port 9229', { listening: { seen: [{ host: '0.0.0.0', port: 9229 }] } }, {}],
    ['unexpected_program /bin/dash', programs({ path: '/bin/dash' }), { programs: ['git'] }],
    ['unexpected_program /tmp/git', programs({ path: '/tmp/git' }), { programs: ['/usr/bin/git'] }],
    ['new_program /tmp/x', programs({ path: '/tmp/x', writtenAt: 1001 }), { programs: ['x'] }],
    ['new_program /tmp/x', programs({ path: '/tmp/x', deleted: true }), {}],
    ['new_program /memfd:x', programs({ path: '/memfd:x', deleted: true }), {}],
    ['replaced_program /usr/bin/node', programs({ main: true, deleted: true }), {}],
    ['unexpected_connection 192.0.2.1:443', { outbound: { seen: [{ host: '192.0.2.1', port: 443 }] } }, { egress: [] }],
    ['unexpected_connection [2001:db8::1]:53', { outbound: { seen: [{ host: '2001:db8::1', port: 53 }] } }, { egress: [] }],
    ['out_of_memory memory', { memoryKills: { seen: 2 } }, { memoryKills: 1 }],
    ['foreign_command /bin/sh', { commands: { seen: [{ program: '/bin/sh', at: 1 }] } }, {}],
  ])('tells %s', (what, sighting, more) => {
    expect(found(sighting, more)).toEqual([what]);
  });

  it('takes what is part of the release for what it is, whenever it was put there', () => {
    expect(found(programs({ path: '/snapshots/x/node_modules/.bin/tool', released: true, writtenAt: 9999 }), { programs: [] })).toEqual([]);
  });

  it('says what could not be seen, and does not take it for nothing', () => {
    const nothing = { notMeasured: 'no /proc' };
    const { findings, measured, blind } = judge(
      { listening: nothing, outbound: nothing, programs: nothing, memoryKills: nothing, commands: nothing },
      { ...expected, egress: [] },
    );
    expect(findings).toEqual([]);
    expect(measured).toEqual(new Set());
    expect(blind.map(({ what, because }) => [what, because])).toEqual(
      ['listening ports', 'programs', 'kills for memory', 'connections', 'commands in the container'].map((what) => [what, 'no /proc']),
    );
  });

  it('does not judge a connection by a name that cannot be looked up', () => {
    const outbound = { seen: [{ host: '192.0.2.1', port: 443 }] };
    const { findings, blind } = judge({ ...quiet, outbound }, { ...expected, egress: [{ to: 'db.example.org' }] });
    expect(findings).toEqual([]);
    expect(blind).toEqual([{ scope, service: 'api', what: 'connections', because: 'db.example.org cannot be looked up' }]);
  });
});

describe('where a connection leads', () => {
  const to = (host: string, port = 443) => ({ host, port });

  it.each([
    [{ to: '10.0.0.0', bits: 8 }, to('10.200.3.4'), 'expected'],
    [{ to: '10.0.0.0', bits: 8 }, to('11.0.0.1'), 'unexpected'],
    [{ to: '10.0.0.0', bits: 8, port: 5432 }, to('10.0.0.1', 443), 'unexpected'],
    [{ to: '2001:db8::', bits: 32 }, to('2001:db8:1::5'), 'expected'],
    [{ to: '2001:db8::', bits: 32 }, to('10.0.0.1'), 'unexpected'],
    [{ to: '192.0.2.7', addresses: ['192.0.2.7'] }, to('192.0.2.7'), 'expected'],
    [{ to: 'db', addresses: ['192.0.2.7', '192.0.2.8'], port: 5432 }, to('192.0.2.8', 5432), 'expected'],
    [{ to: 'db', port: 5432 }, to('192.0.2.8', 5432), 'unknown'],
    [{ to: 'db', port: 5432 }, to('192.0.2.8', 443), 'unexpected'],
    [{ to: 'db', addresses: ['192.0.2.7'] }, to('127.0.0.53', 53), 'expected'],
    [{ to: 'db', addresses: ['192.0.2.7'] }, to('::1', 53), 'expected'],
  ] as const)('%j: %j is %s', (rule, there, verdict) => {
    expect(egressVerdict([rule], there)).toBe(verdict);
  });
});
