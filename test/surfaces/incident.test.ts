// `incident list|show|open|note|acknowledge|resolve`: what they ask of the daemon, and what they say.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FakeDaemon } from './cli-kit.ts';
import { fakeDaemon, run } from './cli-kit.ts';

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await fakeDaemon();
});
afterEach(() => daemon.stop());

const at = '2026-01-01T00:00:00.000Z';
const place = { application: 'shop', environment: 'test' };
const brief = {
  id: 'shop-test-i1',
  ...place,
  severity: 'warning',
  state: 'open',
  opened_at: at,
  opened_by: 'engine',
  changed_at: at,
  notes_count: 1,
};
const codectl = (...args: readonly string[]) => run(['incident', ...args], { home: daemon.home });

it('lists what is open, in the words of whoever opened it, and says when nothing is', async () => {
  daemon.answers['incidents.list'] = (_, call) => ({
    incidents:
      call === 1
        ? [
            { ...brief, cause: 'shop-test-2 was rolled back' },
            { ...brief, id: 'shop-test-i2', title: 'Slow' },
          ]
        : [],
  });
  const { out } = await codectl('list', '--app', 'shop');
  expect(out).toMatch(/shop-test-i1 +open +warning .* engine +shop-test-2 was rolled back\n.*Slow\n$/);
  expect((await codectl('list')).out).toBe('No incident is open.\n');
  expect((await codectl('list', '--all', '--limit', '3')).out).toBe('There were no incidents.\n');
  expect(daemon.asked.map(({ input }) => input)).toMatchObject([{ application: 'shop' }, {}, { all: 'true', limit: '3' }]);
});

it('shows each note with who wrote it, when, and where it moved the incident; control characters are shown, not obeyed', async () => {
  const notes = [
    { at, by: 'engine', cause: 'web was not ready', run: 'shop-test-2' },
    { at, by: 'agent:helper', text: 'It said \u001B[31mno\u001B[0m.' },
    { at, by: 'user:eva', text: 'Shipped again.', state: 'resolved' },
  ];
  daemon.answers['incidents.get'] = () => ({ ...brief, run: 'shop-test-2', cause: 'shop-test-2 was rolled back', notes });
  const { out } = await codectl('show', 'shop-test-i1');
  expect(out).toContain('shop-test-i1: shop-test-2 was rolled back\nopen, warning, shop in test, about shop-test-2; opened by engine\n');
  expect(out).toContain(`${at}  engine [shop-test-2]: web was not ready\n`);
  expect(out).toContain(`${at}  user:eva (resolved): Shipped again.\n`);
  expect(out).toContain('agent:helper: It said ');
  expect(out).not.toContain('\u001B');
});

it('opens, writes and resolves', async () => {
  for (const name of ['open', 'note', 'acknowledge', 'resolve'])
    daemon.answers[`incidents.${name}`] = () => ({ ...brief, state: name === 'resolve' ? 'resolved' : 'open' });
  const where = ['--app', 'shop', '--env', 'test'];
  expect((await codectl('open', 'Slow', '--severity', 'critical', '--text', 'since noon', ...where)).out).toBe(
    'shop-test-i1 is open (warning).\n',
  );
  expect((await codectl('note', 'shop-test-i1', 'The disk is full.', '--run', 'shop-test-2')).out).toBe(
    'Written down on shop-test-i1 (open).\n',
  );
  expect((await codectl('acknowledge', 'shop-test-i1')).out).toBe('shop-test-i1 is open.\n');
  expect((await codectl('resolve', 'shop-test-i1', '--text', 'over')).out).toBe('shop-test-i1 is resolved.\n');
  expect(daemon.asked.map(({ name, input }) => [name, input])).toEqual([
    ['incidents.open', { ...place, title: 'Slow', severity: 'critical', text: 'since noon' }],
    ['incidents.note', { id: 'shop-test-i1', text: 'The disk is full.', run: 'shop-test-2' }],
    ['incidents.acknowledge', { id: 'shop-test-i1' }],
    ['incidents.resolve', { id: 'shop-test-i1', text: 'over' }],
  ]);
});
