// Known values are hidden in every form in which programs print them, also when they come in pieces; what names things stays.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hiddenText, Redactor } from './redactor.ts';

function knowing(...values: readonly string[]): Redactor {
  const redactor = new Redactor();
  redactor.know(values);
  return redactor;
}

const value = 'p"4ss\\w/ö rd+&=%';

describe('a value', () => {
  it.each([
    ['as it is', value],
    ['in JSON', JSON.stringify({ value })],
    ['in JSON within JSON', JSON.stringify(JSON.stringify({ value }))],
    ['in a URL', `http://h/?q=${encodeURIComponent(value)}`],
    ['in a form', new URLSearchParams({ value }).toString()],
  ])('is hidden %s', (_, text) => {
    expect(knowing(value).hide(text)).toContain(hiddenText);
    expect(knowing(value).hide(text)).not.toMatch(/4ss/);
  });

  it('is hidden in base64, whatever stands before and after it', () => {
    const held = fc.string({ minLength: 8, maxLength: 40 }).filter((text) => text.trim().length >= 8 && !text.includes('\n'));
    fc.assert(
      fc.property(
        held,
        fc.string({ maxLength: 9 }),
        fc.string({ maxLength: 9 }),
        fc.constantFrom('base64' as const, 'base64url' as const),
        (one, before, after, form) => {
          const text = Buffer.from(before + one + after).toString(form);
          expect(knowing(one).hide(text)).toContain(hiddenText);
        },
      ),
    );
  });

  it('is hidden line by line where it has several; the borders of a PEM block are not', () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n';
    const text = 'x MIIEvQIBADANBg\n y kqhkiG9w0BAQEF -----BEGIN PRIVATE KEY-----';
    expect(knowing(pem).hide(text)).toBe(`x ${hiddenText}\n y ${hiddenText} -----BEGIN PRIVATE KEY-----`);
  });

  it('shorter than six characters is not looked for', () => {
    expect(knowing('12345').hide('12345')).toBe('12345');
  });

  it('that is part of another does not leave the rest of it', () => {
    expect(knowing('abcdef', 'abcdefghi').hide('abcdefghi abcdef')).toBe(`${hiddenText} ${hiddenText}`);
  });
});

describe('text in pieces', () => {
  it('shows the same as the whole text, wherever it is cut', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 8 });
    fc.assert(
      fc.property(cuts, (places) => {
        const text = 'one canary-value two canary-canary-value three canary-valu';
        const borders = [0, ...places.filter((at) => at < text.length).sort((a, b) => a - b), text.length];
        const pieces = knowing('canary-value').pieces();
        const shown = borders.slice(1).map((end, at) => pieces.next(text.slice(borders[at], end)));
        expect(shown.join('') + pieces.end()).toBe(`one ${hiddenText} two canary-${hiddenText} three canary-valu`);
      }),
    );
  });

  it('waits where a value is complete that a longer one begins with', () => {
    const pieces = knowing('abcdef', 'abcdefghi').pieces();
    expect([pieces.next('x abcdef'), pieces.next('ghi y'), pieces.end()]).toEqual(['x ', `${hiddenText} y`, '']);
    expect([pieces.next('abcdefg'), pieces.next('-'), pieces.end()]).toEqual(['', `${hiddenText}g-`, '']);
  });

  it('waits for nothing that cannot begin a value', () => {
    expect(knowing('canary-value').pieces().next('$ ')).toBe('$ ');
  });
});

describe('an answer', () => {
  it('keeps the names of things, though a value is equal to one', () => {
    const redactor = knowing('postgres');
    const answer = { service: 'postgres', host: 'postgres', message: 'postgres said no', list: ['postgres'], at: 1, nothing: null };
    expect(redactor.hideAll(answer)).toEqual({ ...answer, message: `${hiddenText} said no`, list: [hiddenText] });
  });
});

describe('one who was not told all values', () => {
  it('shows no output, and hides what it knows elsewhere', () => {
    const redactor = new Redactor();
    redactor.blind = true;
    expect(redactor.output('anything')).toContain('not shown');
    expect(redactor.hide('anything')).toBe('anything');
    redactor.know([]);
    expect(redactor.output('anything')).toBe('anything');
  });
});
