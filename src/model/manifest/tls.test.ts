// What `tls:` of a route becomes, and what it refuses.
import { describe, expect, it } from 'vitest';
import { isStrict } from '../tls/certificate.ts';
import { parseManifest } from './parse.ts';
import { resolveManifest } from './resolve.ts';

function tlsOf(tls: string, host = 'shop.test') {
  const route = `{ host: "${host}", tls: ${tls} }`;
  const text = `application: shop\nservices:\n  web:\n    run: { command: [node] }\n    port: 80\n    routes: [${route}]\n`;
  return resolveManifest(parseManifest(text, 'code.yaml'), { defaultRuntime: 'process' }).services[0]?.routes[0]?.tls;
}

describe('tls of a route', () => {
  it.each([
    ['acme', { certificate: 'acme', redirect: true }],
    ['own', { certificate: 'own', redirect: true }],
    ['{ certificate: file }', { certificate: 'file', redirect: true }],
    ['{ certificate: acme, redirect: false }', { certificate: 'acme', redirect: false }],
    ['{ certificate: acme, hsts: false }', { certificate: 'acme', redirect: true, hsts: false }],
  ])('%s is a source and whether others are sent on', (given, expected) => {
    expect(tlsOf(given)).toEqual(expected);
  });

  it.each([
    ['true', 'expected acme, own or file, got true, or a mapping such as'],
    ['letsencrypt', 'expected acme, own or file'],
    ['{ certificate: none }', 'expected acme, own or file'],
    ['{ redirect: false }', 'certificate'],
    ['{ certificate: own, redirect: 1 }', 'true or false'],
    ['{ certificate: own, hsts: 1 }', 'true or false'],
  ])('%s is refused', (given, message) => {
    expect(() => tlsOf(given)).toThrow(message);
  });

  it.each([
    ['acme', 'shop.test', true],
    ['file', 'shop.test', true],
    // Browsers do not believe it unless somebody told them to.
    ['own', 'shop.test', false],
    ['{ certificate: own, hsts: true }', 'shop.test', true],
    ['{ certificate: acme, hsts: false }', 'shop.test', false],
    ['{ certificate: acme, redirect: false }', 'shop.test', false],
    // Every port of this machine has that name.
    ['file', 'localhost', false],
    ['file', 'shop.localhost', false],
    ['file', 'notlocalhost', true],
  ])('%s at %s: browsers are told to keep to TLS: %s', (given, host, expected) => {
    const tls = tlsOf(given, host);
    expect(tls && isStrict(host, tls)).toBe(expected);
  });

  it('needs a name', () => {
    expect(() => tlsOf('own', '*')).toThrow('needs a host');
  });
});
