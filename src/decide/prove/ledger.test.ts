// The ledger finds each way in which an application may cheat, and nothing where it does not; so does the search for an order.
import { expect, it } from 'vitest';
import type { LedgerItem, LedgerOutcome, LedgerWrite, RegisterOperation } from '../../model/proving/ledger.ts';
import { judgeLedger } from './ledger.ts';
import { judgeRegisters } from './linearizable.ts';

const write = (client: number, seq: number, outcome: LedgerOutcome = 'ok'): LedgerWrite => {
  const id = `${client}-${seq}`;
  return { id, client, seq, value: `v${id}`, invokedAt: seq, completedAt: seq + 1, outcome };
};
const item = (id: string, value = `v${id}`): LedgerItem => ({ id, value });
const nothing = { lost: [], duplicated: [], corrupt: [], phantom: [], reordered: [] };

it('finds nothing where all is well, and what nobody knows of may be there or not', () => {
  const writes = [write(0, 0), write(0, 1), write(1, 0), write(1, 1, 'info'), write(1, 2, 'info'), write(1, 3, 'fail')];
  const found = [item('1-0'), item('0-0'), item('1-2'), item('0-1'), item('somebody-else')];
  expect(judgeLedger(writes, found)).toEqual({ acknowledged: 3, ...nothing });
});

it.for([
  ['lost: acknowledged before it was written', [item('0-0')], { lost: ['0-1'] }],
  ['duplicated: replayed', [item('0-0'), item('0-1'), item('0-1')], { duplicated: ['0-1'] }],
  ['corrupt: another value', [item('0-0'), item('0-1', 'other')], { corrupt: ['0-1'] }],
  ['phantom: refused and written', [item('0-0'), item('0-1'), item('0-2')], { phantom: ['0-2'] }],
  ['reordered', [item('0-1'), item('0-0')], { reordered: ['0-0'] }],
] as const)('finds what is %s', ([, found, expected]) => {
  const writes = [write(0, 0), write(0, 1), write(0, 2, 'fail')];
  expect(judgeLedger(writes, found)).toEqual({ acknowledged: 2, ...nothing, ...expected });
});

type Told = readonly [client: number, kind: 'read' | 'write', value: string | null, from: number, to: number, outcome?: LedgerOutcome];
const history = (...all: readonly Told[]): readonly RegisterOperation[] =>
  all.map(([client, kind, value, invokedAt, completedAt, outcome = 'ok']) => ({
    key: 'k',
    client,
    kind,
    value,
    invokedAt,
    completedAt,
    outcome,
  }));
const judge = (...all: readonly Told[]) => judgeRegisters(history(...all), () => false).word;

it('accepts every order that could have been', () => {
  expect(judge([0, 'read', null, 0, 1], [0, 'write', 'a', 2, 3], [1, 'read', 'a', 4, 5])).toBe('yes');
  // While a write goes on, old and new may both be read – in that order.
  expect(judge([0, 'write', 'a', 0, 1], [0, 'write', 'b', 2, 9], [1, 'read', 'a', 3, 4], [1, 'read', 'b', 5, 6])).toBe('yes');
  // Nobody knows whether it took effect: it may have, much later.
  expect(judge([0, 'write', 'a', 0, 1, 'info'], [1, 'read', null, 2, 3], [1, 'read', 'a', 4, 5])).toBe('yes');
});

it.for([
  ['a stale read', [0, 'write', 'a', 0, 1], [0, 'write', 'b', 2, 3], [1, 'read', 'a', 4, 5]],
  ['a lost update', [0, 'write', 'a', 0, 1], [1, 'read', null, 2, 3]],
  ['new before old', [0, 'write', 'a', 0, 1], [0, 'write', 'b', 2, 9], [1, 'read', 'b', 3, 4], [1, 'read', 'a', 5, 6]],
  ['a value that was refused', [0, 'write', 'a', 0, 1, 'fail'], [1, 'read', 'a', 2, 3]],
  ['a value from nowhere', [1, 'read', 'z', 2, 3]],
] as const)('refuses %s', ([, ...all]) => {
  expect(judge(...all)).toBe('no');
});

it('says unknown when it gives up, which is no pass', () => {
  const many = Array.from({ length: 12 }, (_, at): Told => [at, 'write', `w${at}`, 0, 100]);
  let steps = 0;
  const judged = judgeRegisters(history(...many, [99, 'read', 'z', 50, 60]), () => ++steps > 50);
  expect(judged).toEqual({ word: 'unknown', key: 'k' });
});

it('judges long histories of few clients', () => {
  const long = Array.from(
    { length: 200 },
    (_, at): Told => [at % 5, at % 2 === 0 ? 'write' : 'read', `w${at - (at % 2)}`, at * 2, at * 2 + 1],
  );
  expect(judge(...long)).toBe('yes');
});
