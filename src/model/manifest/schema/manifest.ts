// The whole manifest: an application, its services, and how environments differ.
import { z } from 'zod';
import { name } from './scalars.ts';
import { serviceSchema } from './service.ts';
import { choice, isObject, mapping, named, says } from './words.ts';

/** Bounds the work of checking every environment's version of every service. */
export const mostServices = 250;
export const mostEnvironments = 50;

// What an overlay says is checked as what it makes of the service (see check.ts); here only that it is a mapping.
const overlay = z.looseObject({}, says('a mapping', '{ replicas: 1 }')).meta({ expects: 'mapping', overlay: true });

const environment = mapping('Environment', '{ runtime: process }', {
  runtime: name('process').optional().meta({ description: 'The runtime to deploy to.', usually: "the engine's default runtime" }),
  approval: choice(['none', 'required'])
    .prefault('none')
    .meta({ description: 'Whether somebody must approve a plan before it is applied.', example: 'required' }),
  services: named(name('api'), overlay, '{ api: { replicas: 1 } }')
    .prefault({})
    .meta({
      description: 'What is different here: mappings merge, lists and values replace, null removes.',
      expects: 'mapping of service to a part of it',
      example: { api: { replicas: 1 } },
    }),
});

// `staging:` with nothing after it is an environment in which nothing differs.
const describedOrEmpty = environment.nullable().transform((given) => given ?? environment.parse({}));

const services = named(name('api'), serviceSchema, '{ api: { run: { command: [node, server.js] } } }')
  .refine((all) => within(all, 1, mostServices), {
    error: `expected 1 to ${mostServices} services`,
    when: isObject,
  })
  .meta({ description: 'What runs, by name.', expects: 'mapping of name to service' });

const environments = named(name('staging'), describedOrEmpty, '{ staging: { runtime: process } }')
  .refine((all) => within(all, 0, mostEnvironments), { error: `expected at most ${mostEnvironments} environments` })
  .prefault({})
  .meta({ description: 'Where it runs, by name; without any there is one, named `default`.', expects: 'mapping of name to environment' });

export const manifestSchema = mapping('Application', '{ application: shop, services: { … } }', {
  application: name('shop').meta({ description: 'Name of the application; what is deployed under another name is another application.' }),
  services,
  environments,
});

export type ManifestShape = z.output<typeof manifestSchema>;

function within(all: object, least: number, most: number): boolean {
  const count = Object.keys(all).length;
  return count >= least && count <= most;
}
