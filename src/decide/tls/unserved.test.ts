// A route that asks for TLS where there is none to be had.
import { expect, it } from 'vitest';
import type { ServiceSpec } from '../../model/service.ts';
import type { CertificateSource } from '../../model/tls/certificate.ts';
import { unservedRoutes } from './unserved.ts';

function wanting(certificate: CertificateSource) {
  const tls = { certificate, redirect: true };
  const routes = [
    { host: 'bare.test', path: '/' },
    { host: 'shop.test', path: '/', tls },
  ];
  return { services: [{ name: 'web', routes } as unknown as ServiceSpec] };
}

const here = { sources: ['own', 'file'] as const, lacks: (source: CertificateSource) => (source === 'acme' ? 'nobody agreed' : undefined) };

it('is told when planned, with what is missing', () => {
  expect(unservedRoutes(wanting('own'), here)).toEqual([]);
  expect(unservedRoutes(wanting('acme'), here)).toEqual(['services.web.routes[1].tls: nobody agreed']);
  expect(unservedRoutes(wanting('own'), undefined)).toEqual([expect.stringContaining('gateway_tls_listen')]);
});
