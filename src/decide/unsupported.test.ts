// What a runtime cannot do is refused with the key that asks for it.
import { expect, it } from 'vitest';
import { aService } from '../../test/kit/specs.ts';
import type { ApplicationSpec } from '../model/service.ts';
import { unsupportedParts } from './unsupported.ts';

const applicationOf = (service: ApplicationSpec['services'][number]): ApplicationSpec => ({
  application: 'shop',
  environment: 'test',
  runtime: 'docker',
  approval: 'none',
  services: [service],
});

it('a placement is refused where there is one machine, and only there', () => {
  const spec = applicationOf({ ...aService(), source: { kind: 'image', reference: 'a' }, placement: { nodes: { disk: 'ssd' } } });
  const { name } = aService();
  expect(unsupportedParts(spec, { name: 'docker', artifacts: ['image'], lacks: ['placement'] })).toEqual([
    `services.${name}.placement: the docker runtime has one machine; choose swarm or kubernetes, or remove it`,
  ]);
  expect(unsupportedParts(spec, { name: 'swarm', artifacts: ['image'] })).toEqual([]);
});
