// Licences and lists, as a table.
import { describe, expect, it } from 'vitest';
import { isExpression, judgeLicence } from './licence.ts';
import { npmComponent } from './purl.ts';

describe('a licence', () => {
  it.each([
    ['MIT', [], [], 'met'],
    ['MIT', ['MIT'], [], 'met'],
    ['ISC', ['MIT'], [], 'not_met'],
    ['GPL-3.0-only', [], ['GPL-3.0-only'], 'not_met'],
    ['MIT OR GPL-3.0-only', [], ['GPL-3.0-only'], 'met'],
    ['MIT AND GPL-3.0-only', [], ['GPL-3.0-only'], 'not_met'],
    ['(MIT OR GPL-3.0-only) AND ISC', ['MIT', 'ISC'], ['GPL-3.0-only'], 'met'],
    ['(MIT OR GPL-3.0-only) AND ISC', ['GPL-3.0-only', 'ISC'], ['GPL-3.0-only'], 'not_met'],
    ['Apache-2.0 WITH LLVM-exception', ['Apache-2.0'], [], 'not_met'],
    ['Apache-2.0 WITH LLVM-exception', ['Apache-2.0 WITH LLVM-exception'], [], 'met'],
    ['SEE LICENSE IN LICENSE.md', [], [], 'not_measured'],
    [undefined, [], [], 'not_measured'],
  ] as const)('%s, allowed %j, denied %j: %s', (licence, allow, deny, state) => {
    const verdict = judgeLicence(npmComponent('a', '1.0.0', { licence, path: 'x' }), { allow, deny });
    expect(verdict.state).toBe(state);
    expect(verdict.because === undefined).toBe(state === 'met');
  });

  it.each(['Apache 2', 'MIT/X11', 'GPL', '', 'MIT OR'])('%j is no expression', (text) => {
    expect(isExpression(text)).toBe(false);
  });
});
