// What each environment of a manifest comes to: choice, defaults, overlays, order.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodeError } from '../../base/errors.ts';
import { checkManifest } from './check.ts';
import { parseManifest } from './parse.ts';
import { resolveManifest } from './resolve.ts';

// The manifest of the product's contract, word for word.
const contract = `application: shop
services:
  api:
    run: { command: [node, server.js], directory: ./api }  # or image: registry/shop-api@sha256:… | build: ./api
    port: 8080                     # the port the service listens on; given to it as $PORT where the runtime chooses
    replicas: 3
    probe:                         # readiness; liveness: the same shape
      path: /healthz
      interval: 1s
      timeout: 2s
      passes: 2
      fails: 3
      deadline: 60s
    env: { LOG_LEVEL: info }
    secrets: [DATABASE_URL]        # names only; values live in the secret store
    resources: { cpu: 0.5, memory: 256Mi }
    stop: { drain: 30s, grace: 10s }
    strategy: { kind: rolling, surge: 1, unavailable: 0, bake: 10s }   # blue-green | canary
    volumes: [{ name: data, path: /var/lib/api }]
  web:
    image: shop/web:2.1
    port: 3000
    needs: [api]
    routes: [{ host: shop.localhost, path: / }]
    strategy:
      kind: canary
      steps: [1%, 5%, 20%, 50%, 100%]
      analysis: { errors: { worse_by: 1% }, latency: { p99: { worse_by: 20% } }, confidence: 99%, at_most: 15m }
      sticky: cookie
    scale: { min: 2, max: 10, targets: { cpu: 70%, requests_per_second: 200 } }
    slo: { availability: 99.9%, latency: { p99: 200ms } }
environments:
  staging: { runtime: process, services: { api: { replicas: 1 } } }
  production: { runtime: swarm, approval: required }
`;

const api = {
  name: 'api',
  source: { kind: 'run', command: ['node', 'server.js'], directory: './api' },
  port: 8080,
  replicas: 1,
  probe: { path: '/healthz', interval: 1000, timeout: 2000, passes: 2, fails: 3, deadline: 60_000 },
  env: { LOG_LEVEL: 'info' },
  secrets: ['DATABASE_URL'],
  resources: { cpu: 0.5, memory: 256 * 1024 * 1024 },
  stop: { drain: 30_000, grace: 10_000 },
  strategy: { kind: 'rolling', surge: 1, unavailable: 0, bake: 10_000 },
  volumes: [{ name: 'data', path: '/var/lib/api' }],
  needs: [],
  routes: [],
};

const web = {
  name: 'web',
  source: { kind: 'image', reference: 'shop/web:2.1' },
  port: 3000,
  replicas: 2,
  probe: { interval: 1000, timeout: 2000, passes: 2, fails: 3, deadline: 60_000 },
  env: {},
  secrets: [],
  resources: {},
  stop: { drain: 30_000, grace: 10_000 },
  strategy: {
    kind: 'canary',
    steps: [0.01, 0.05, 0.2, 0.5, 1].map((weight) => ({ weight })),
    bake: 30_000,
    analysis: { errors: { worseBy: 0.01 }, latency: { p99: { worseBy: 0.2 } }, confidence: 0.99, atMost: 900_000, stepAtMost: 120_000 },
    sticky: 'cookie',
    abortScaleDown: 30_000,
  },
  volumes: [],
  needs: ['api'],
  routes: [{ host: 'shop.localhost', path: '/' }],
  scale: {
    min: 2,
    max: 10,
    targets: { cpu: 0.7, requestsPerSecond: 200 },
    every: 1_000,
    tolerance: 0.1,
    up: {
      window: 0,
      rates: [
        { kind: 'instances', instances: 4, per: 15_000 },
        { kind: 'share', share: 1, per: 15_000 },
      ],
    },
    down: { window: 300_000, rates: [{ kind: 'share', share: 1, per: 15_000 }] },
    schedule: [],
    zeroAfter: 300_000,
  },
  slo: { availability: 0.999, latency: { p99: 200 } },
};

function resolve(text: string, environment?: string) {
  return resolveManifest(parseManifest(text, 'code.yaml'), { ...(environment && { environment }), defaultRuntime: 'process' });
}

function theService(lines: string) {
  return resolve(`application: shop\nservices:\n  it: ${lines}\n`).services[0];
}

describe('the manifest of the contract', () => {
  it('resolves for staging', () => {
    expect(resolve(contract, 'staging')).toEqual({
      application: 'shop',
      environment: 'staging',
      runtime: 'process',
      approval: 'none',
      services: [api, web],
    });
  });

  it('resolves for production', () => {
    const services = [{ ...api, replicas: 3 }, web];
    expect(resolve(contract, 'production')).toEqual({
      application: 'shop',
      environment: 'production',
      runtime: 'swarm',
      approval: 'required',
      services,
    });
  });
});

describe('choosing an environment', () => {
  const services = 'application: shop\nservices: { a: { build: x } }\n';

  it('takes `default` where none is declared, on the default runtime', () => {
    expect(resolve(services)).toMatchObject({ environment: 'default', runtime: 'process', approval: 'none' });
    expect(resolve(services, 'default').environment).toBe('default');
  });

  it('takes the only one', () => {
    expect(resolve(`${services}environments: { live: { runtime: swarm } }`)).toMatchObject({ environment: 'live', runtime: 'swarm' });
  });

  it.each([
    [undefined, 'Which environment? staging, production', 'Add --env staging'],
    [
      'prodution',
      'The manifest has no environment "prodution", did you mean "production"?',
      'Add --env production, or declare "prodution" under environments.',
    ],
    ['qa', 'The manifest has no environment "qa", known: staging, production', 'Add --env staging, or declare "qa" under environments.'],
    [
      '__proto__',
      'The manifest has no environment "__proto__", known: staging, production',
      'Add --env staging, or declare "__proto__" under environments.',
    ],
  ])('refuses %s among several', (name, message, hint) => {
    expect(() => resolve(contract, name)).toThrow(expect.objectContaining({ code: 'usage', message, hint }));
  });
});

describe('defaults', () => {
  it.each([
    [
      '{ run: { command: [a] } }',
      {
        source: { kind: 'run', command: ['a'], directory: '.' },
        replicas: 1,
        strategy: { kind: 'rolling', surge: 1, unavailable: 0, bake: 10_000 },
      },
    ],
    [
      '{ build: ./x }',
      { source: { kind: 'build', directory: './x' }, strategy: { kind: 'rolling', surge: 1, unavailable: 0, bake: 30_000 } },
    ],
    ['{ build: ., strategy: rolling }', { strategy: { kind: 'rolling', surge: 1, unavailable: 0, bake: 30_000 } }],
    ['{ build: ., strategy: blue-green }', { strategy: { kind: 'blue-green', bake: 30_000, warm: 30_000 } }],
    [
      '{ build: ., strategy: canary }',
      { strategy: { kind: 'canary', steps: [0.01, 0.05, 0.2, 0.5, 1].map((weight) => ({ weight })), bake: 30_000 } },
    ],
    ['{ build: ., strategy: { kind: canary, bake: 0s } }', { strategy: { kind: 'canary', bake: 0 } }],
    ['{ build: ., strategy: { kind: canary, abort_scale_down: keep } }', { strategy: { abortScaleDown: 'keep' } }],
    [
      '{ build: ., strategy: { kind: blue-green, abort_scale_down: 0s, on_deadline: keep } }',
      { strategy: { abortScaleDown: 0, onDeadline: 'keep' } },
    ],
    ['{ build: ., strategy: { kind: rolling, max_failure_ratio: 40% } }', { strategy: { maxFailureRatio: 0.4 } }],
    [
      '{ build: ., strategy: { kind: canary, analysis: { errors: { worse_by: 1% }, baseline: equal } } }',
      { strategy: { analysis: { baseline: 'equal' } } },
    ],
    ['{ build: . }', { stop: { drain: 30_000, grace: 30_000 } }],
    ['{ build: ., port: 1 }', { stop: { drain: 30_000, grace: 10_000 } }],
    ['{ build: ., port: 1, stop: { grace: 3s } }', { stop: { drain: 30_000, grace: 3000 } }],
    ['{ build: ., scale: { min: 3, max: 4, targets: { cpu: 1% } } }', { replicas: 3 }],
    ['{ build: ., replicas: 0 }', { replicas: 0 }],
    ['{ build: ., port: 1, routes: [{}] }', { routes: [{ host: '*', path: '/' }] }],
    ['{ build: ., liveness: {} }', { liveness: { interval: 1000, timeout: 2000, passes: 2, fails: 3, deadline: 60_000 } }],
  ])('of %s', (text, expected) => {
    expect(theService(text)).toMatchObject(expected);
  });

  it('leave absent what nobody asked for', () => {
    const service = theService('{ build: . }');
    expect(service?.scale).toBeUndefined();
    expect(service?.liveness).toBeUndefined();
    expect(service?.port).toBeUndefined();
    expect(service?.slo).toBeUndefined();
  });
});

describe('order', () => {
  it('puts a service after everything it needs, and otherwise where the manifest has it', () => {
    const text = `application: shop
services:
  web: { build: x, needs: [api, cache] }
  job: { build: x }
  api: { build: x, needs: [db] }
  db: { build: x }
  cache: { build: x }
`;
    expect(resolve(text).services.map(({ name }) => name)).toEqual(['db', 'api', 'cache', 'web', 'job']);
  });

  it('follows what the environment needs', () => {
    const text =
      'application: a\nservices: { a: { build: x }, b: { build: x } }\nenvironments: { live: { services: { a: { needs: [b] } } } }\n';
    expect(resolve(text).services.map(({ name }) => name)).toEqual(['b', 'a']);
  });
});

describe('an environment that changes a service', () => {
  const changed = (overlay: string, base = '{ run: { command: [a], directory: ./a }, port: 80, env: { A: x, B: y }, needs: [] }') =>
    resolve(`application: s\nservices:\n  it: ${base}\nenvironments: { live: { services: { it: ${overlay} } } }\n`).services[0];

  it.each([
    ['{ env: { B: z, C: w } }', { env: { A: 'x', B: 'z', C: 'w' } }],
    ['{ env: { A: null } }', { env: { B: 'y' } }],
    ['{ run: { directory: ./b } }', { source: { kind: 'run', command: ['a'], directory: './b' } }],
    ['{ run: { command: [b, c] } }', { source: { kind: 'run', command: ['b', 'c'], directory: './a' } }],
    ['{ image: shop/it }', { source: { kind: 'image', reference: 'shop/it' } }],
    [
      '{ strategy: { kind: canary, sticky: cookie } }',
      {
        strategy: {
          kind: 'canary',
          steps: [0.01, 0.05, 0.2, 0.5, 1].map((weight) => ({ weight })),
          sticky: 'cookie',
          bake: 10_000,
          abortScaleDown: 30_000,
        },
      },
    ],
    ['{ probe: none }', { probe: { none: true, interval: 1000, timeout: 2000, passes: 1, fails: 3, deadline: 60_000 } }],
    ['{ probe: { fails: 9 } }', { probe: { interval: 1000, timeout: 2000, passes: 2, fails: 9, deadline: 60_000 } }],
  ])('by %s', (overlay, expected) => {
    const service = changed(overlay);
    for (const [key, value] of Object.entries(expected)) expect(service?.[key as keyof typeof service], key).toEqual(value);
  });

  it('keeps a strategy of the same kind, and knows its kind when the service wrote a word', () => {
    expect(changed('{ strategy: { bake: 1s } }', '{ build: x, strategy: { kind: rolling, surge: 5 } }')?.strategy).toMatchObject({
      surge: 5,
      bake: 1000,
    });
    expect(changed('{ strategy: { warm: 1s } }', '{ build: x, strategy: blue-green }')?.strategy).toMatchObject({
      kind: 'blue-green',
      warm: 1000,
    });
    expect(changed('{ strategy: blue-green }', '{ build: x, strategy: { kind: rolling, surge: 5 } }')?.strategy).toMatchObject({
      kind: 'blue-green',
    });
  });

  it('replaces a strategy by one of another kind, whose keys do not mix', () => {
    const service = changed('{ strategy: { kind: blue-green, warm: 1s } }', '{ build: x, strategy: { kind: rolling, surge: 5 } }');
    expect(service?.strategy).toEqual({ kind: 'blue-green', warm: 1000, bake: 30_000, promote: 'auto', abortScaleDown: 30_000 });
    expect(
      changed('{ strategy: { kind: rolling, bake: 1s } }', '{ build: x, strategy: { kind: rolling, surge: 5 } }')?.strategy,
    ).toMatchObject({ surge: 5 });
  });

  it('removes with null', () => {
    expect(changed('{ scale: null, replicas: 1 }', '{ build: x, scale: { min: 2, max: 3, targets: { cpu: 1% } } }')).toMatchObject({
      replicas: 1,
    });
  });

  it('changes no other environment and no other service', () => {
    const text =
      'application: s\nservices: { a: { build: x }, b: { build: x } }\nenvironments: { one: { services: { a: { replicas: 7 } } }, two: }\n';
    expect(resolve(text, 'one').services.map(({ replicas }) => replicas)).toEqual([7, 1]);
    expect(resolve(text, 'two').services.map(({ replicas }) => replicas)).toEqual([1, 1]);
  });
});

describe('arbitrary values', () => {
  const words = fc.constantFrom(
    'application',
    'services',
    'environments',
    'api',
    'web',
    'run',
    'build',
    'image',
    'port',
    'needs',
    'strategy',
    'kind',
    'scale',
    'min',
    'env',
    'routes',
    '__proto__',
    'toString',
  );
  const leaves = fc.oneof(words, fc.constantFrom<unknown>(null, true, 0, 1, 80, -1, '1s', '5%', 'x', [], {}), fc.double());
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      leaves,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(words, tie('value'), { maxKeys: 5 }),
    ),
  }));
  const sound = fc.record({ build: fc.constant('.'), needs: fc.subarray(['api', 'web', 'db']) });
  const services = fc.dictionary(fc.constantFrom('api', 'web', 'db'), fc.oneof(value, sound, sound, sound), { maxKeys: 3 });
  const manifest = fc.oneof(
    value,
    fc.record({
      application: fc.constant('shop'),
      services,
      environments: fc.dictionary(fc.constantFrom('one', 'two'), fc.record({ services })),
    }),
  );

  it('either hold for every environment or are refused with findings', () => {
    let accepted = 0;
    fc.assert(
      fc.property(manifest, fc.constantFrom(undefined, 'one', 'two', 'default', 'x'), (given, environment) => {
        const { findings, manifest } = checkManifest(given);
        expect(manifest === undefined).toBe(findings.length > 0);
        if (manifest === undefined) return;
        accepted += 1;
        try {
          const spec = resolveManifest(manifest, { ...(environment && { environment }), defaultRuntime: 'process' });
          const names = spec.services.map(({ name }) => name);
          expect([...names].sort()).toEqual(Object.keys(manifest.services).sort());
          for (const [index, { needs }] of spec.services.entries()) for (const need of needs) expect(names.slice(0, index)).toContain(need);
        } catch (error) {
          if (!(error instanceof CodeError)) throw error;
          expect(error.code).toBe('usage');
        }
      }),
      { numRuns: 2000, seed: 7 },
    );
    expect(accepted).toBeGreaterThan(20);
  });
});
