// Places that a service may connect to: every notation that people use, and nothing that could be read in two ways.
import { describe, expect, it } from 'vitest';
import { parseEgress } from './schema/watch.ts';

describe('a place of egress', () => {
  it.each([
    ['db.example.org', { to: 'db.example.org' }],
    ['db.example.org:5432', { to: 'db.example.org', port: 5432 }],
    ['db', { to: 'db' }],
    ['10.1.2.3', { to: '10.1.2.3' }],
    ['10.1.2.3:443', { to: '10.1.2.3', port: 443 }],
    ['10.0.0.0/8', { to: '10.0.0.0', bits: 8 }],
    ['10.0.0.0/8:5432', { to: '10.0.0.0', bits: 8, port: 5432 }],
    ['0.0.0.0/0:443', { to: '0.0.0.0', bits: 0, port: 443 }],
    ['2001:db8::1', { to: '2001:db8::1' }],
    ['2001:db8::/32', { to: '2001:db8::', bits: 32 }],
    ['[2001:db8::1]:443', { to: '2001:db8::1', port: 443 }],
    ['[2001:db8::/32]:443', { to: '2001:db8::', bits: 32, port: 443 }],
  ])('%s is %j', (text, rule) => {
    expect(parseEgress(text)).toEqual(rule);
  });

  it.each([
    '',
    '*',
    '*.example.org',
    'http://db.example.org',
    'db.example.org/8',
    'DB.example.org',
    '10.0.0.0/33',
    '10.0.0',
    '10.0.0.256',
    '2001:db8::/129',
    '[2001:db8::1',
    'db:0',
    'db:65536',
    'db:http',
    'db example',
    '-db',
    'a'.repeat(300),
  ])('%j is none', (text) => {
    expect(parseEgress(text)).toBeUndefined();
  });
});
