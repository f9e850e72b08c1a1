// Every way a manifest can be wrong, with the exact line, column and words that people get to read.
import { describe, expect, it } from 'vitest';
import { CodeError } from '../../base/errors.ts';
import { parseManifest } from './parse.ts';

function refusal(content: string | Uint8Array): CodeError {
  try {
    parseManifest(content, 'code.yaml');
  } catch (error) {
    if (error instanceof CodeError) return error;
    throw error;
  }
  throw new Error('the manifest was accepted');
}

/** A manifest whose service `api` has these lines; they start at line 4, column 5. */
function withLines(...lines: readonly string[]): string {
  return ['application: shop', 'services:', '  api:', ...lines.map((line) => `    ${line}`), ''].join('\n');
}

const run = 'run: { command: [node, server.js] }';
const port = 'port: 8080';

/** What `withLines` with a port and these lines is refused with; the first of them is line 6. */
function refused(...lines: readonly string[]): readonly string[] {
  return refusal(withLines(run, port, ...lines)).message.split('\n');
}

describe('a value of the wrong form', () => {
  it.each([
    ['replicas: -1', '6:15', 'replicas', 'expected a whole number from 0 to 1000 such as `3`, got -1'],
    ['replicas: 1.5', '6:15', 'replicas', 'expected a whole number from 0 to 1000 such as `3`, got 1.5'],
    ['replicas: .nan', '6:15', 'replicas', 'expected a whole number from 0 to 1000 such as `3`, got NaN'],
    ['replicas: "3"', '6:15', 'replicas', 'expected a whole number from 0 to 1000 such as `3`, got "3"'],
    ['replicas:', '6:5', 'replicas', 'expected a whole number from 0 to 1000 such as `3`, got nothing'],
    ['replicas: 1001', '6:15', 'replicas', 'expected a whole number from 0 to 1000 such as `3`, got 1001'],
    ['probe: { interval: 5 }', '6:24', 'probe.interval', 'expected a duration from 1ms to 24h such as `1s`, got 5'],
    ['probe: { interval: 0s }', '6:24', 'probe.interval', 'expected a duration from 1ms to 24h such as `1s`, got "0s"'],
    ['probe: { deadline: 25h }', '6:24', 'probe.deadline', 'expected a duration from 1ms to 24h such as `60s`, got "25h"'],
    ['probe: { path: healthz }', '6:20', 'probe.path', 'expected a path that starts with "/" such as `/healthz`, got "healthz"'],
    ['probe: /healthz', '6:12', 'probe', 'expected none, or a mapping such as `{ path: /healthz }`, got "/healthz"'],
    ['resources: { memory: 512k }', '6:26', 'resources.memory', 'expected a size of at least 1Mi such as `256Mi`, got "512k"'],
    ['resources: { memory: 512 }', '6:26', 'resources.memory', 'expected a size of at least 1Mi such as `256Mi`, got 512'],
    ['resources: { cpu: 0 }', '6:23', 'resources.cpu', 'expected a number of cores above 0 such as `0.5`, got 0'],
    ['slo: { availability: 0.999 }', '6:26', 'slo.availability', 'expected a percentage such as `99.9%`, got 0.999'],
    [
      'strategy: { kind: canary, analysis: { errors: { worse_by: 1% }, confidence: 100% } }',
      '6:81',
      'strategy.analysis.confidence',
      'expected a percentage above 0% and below 100% such as `99%`, got "100%"',
    ],
    ['slo: { availability: 101% }', '6:26', 'slo.availability', 'expected a percentage such as `99.9%`, got "101%"'],
    ['slo: { latency: { q99: 1s } }', '6:23', 'slo.latency.q99', 'expected a percentile such as `p99`, got "q99"'],
    ['env: [A=1]', '6:10', 'env', 'expected a mapping such as `{ LOG_LEVEL: info }`, got a list'],
    ['env: { A-B: x }', '6:12', 'env.A-B', 'expected a name of letters, digits and "_" such as `LOG_LEVEL`, got "A-B"'],
    ['env: { A: }', '6:12', 'env.A', 'expected text, a number or true/false such as `info`, got nothing'],
    ['env: { A: [x] }', '6:15', 'env.A', 'expected text, a number or true/false such as `info`, got a list'],
    ['secrets: [9A]', '6:15', 'secrets[0]', 'expected a name of letters, digits and "_" such as `LOG_LEVEL`, got "9A"'],
    ['volumes: [{ name: data, path: var }]', '6:35', 'volumes[0].path', 'expected an absolute path such as `/var/lib/api`, got "var"'],
    [
      'routes: [{ host: Shop.test }]',
      '6:22',
      'routes[0].host',
      'expected a host name in lower case, or "*" such as `shop.localhost`, got "Shop.test"',
    ],
    [
      'routes: [{ host: "*.a" }]',
      '6:22',
      'routes[0].host',
      'expected a host name in lower case, or "*" such as `shop.localhost`, got "*.a"',
    ],
    ['routes: { host: a }', '6:13', 'routes', 'expected a list of routes such as `[{ host: shop.localhost, path: / }]`, got a mapping'],
    ['strategy: canery', '6:15', 'strategy', 'expected rolling, blue-green or canary, got "canery", did you mean "canary"?'],
    ['strategy: 3', '6:15', 'strategy', 'expected rolling, blue-green or canary, or a mapping such as `{ kind: canary }`, got 3'],
    [
      'strategy: { kind: bluegreen }',
      '6:23',
      'strategy.kind',
      'expected rolling, blue-green or canary, got "bluegreen", did you mean "blue-green"?',
    ],
    ['strategy: { surge: 1 }', '6:15', 'strategy.kind', 'is missing, expected rolling, blue-green or canary'],
    ['strategy: { kind: canary, sticky: ip }', '6:39', 'strategy.sticky', 'expected "cookie", got "ip"'],
  ])('%s', (line, at, path, message) => {
    expect(refused(line)).toEqual([`code.yaml:${at} services.api.${path}: ${message}`]);
  });

  it.each([
    ['run: node server.js', '4:10', 'run', 'expected a mapping such as `{ command: [node, server.js] }`, got "node server.js"'],
    [
      'run: { command: node server.js }',
      '4:21',
      'run.command',
      'expected a list of words such as `[node, server.js]`, got "node server.js"',
    ],
    ['run: { command: [] }', '4:21', 'run.command', 'expected a list of words such as `[node, server.js]`, got an empty list'],
    ['run: { directory: . }', '4:10', 'run.command', 'is missing, expected a list of words such as `[node, server.js]`'],
    ['image: "a b"', '4:12', 'image', 'expected an image reference such as `registry.example/shop/web:2.1`, got "a b"'],
    ['image: RU/web:1', '4:12', 'image', 'expected an image reference such as `registry.example/shop/web:2.1`, got "RU/web:1"'],
    ['image: ru/web::1', '4:12', 'image', 'expected an image reference such as `registry.example/shop/web:2.1`, got "ru/web::1"'],
    ['image: a@sha256:12', '4:12', 'image', 'expected an image reference such as `registry.example/shop/web:2.1`, got "a@sha256:12"'],
    ['build: ""', '4:12', 'build', 'expected a directory such as `./api`, got ""'],
  ])('%s', (line, at, path, message) => {
    expect(refusal(withLines(line)).message).toBe(`code.yaml:${at} services.api.${path}: ${message}`);
  });

  it.each([
    ['application: Shop', '1:14', 'got "Shop"'],
    ['application: 7', '1:14', 'got 7'],
    ['application: a-', '1:14', 'got "a-"'],
    [`application: ${'a'.repeat(41)}`, '1:14', `got "${'a'.repeat(41)}"`],
  ])('%s', (line, at, got) => {
    const expected = 'expected a name of up to 40 lower-case letters, digits and "-" that starts with a letter such as `shop`';
    expect(refusal(`${line}\nservices: { a: { build: x } }`).message).toBe(`code.yaml:${at} application: ${expected}, ${got}`);
  });
});

describe('a key that nobody knows', () => {
  it.each([
    ['replica: 3', 'replica', 'unknown key, did you mean "replicas"?'],
    ['depends_on: [db]', 'depends_on', 'unknown key, did you mean "needs"?'],
    ['healthcheck: {}', 'healthcheck', 'unknown key, did you mean "probe"?'],
    ['environment: {}', 'environment', 'unknown key, did you mean "env"?'],
    [
      '"a b": 1',
      '"a b"',
      'unknown key, known here: kind, run, image, build, container, placement, port, replicas, probe, liveness, env, secrets, resources, stop, restart, strategy, volumes, needs, routes, traffic, scale, completion, schedule, release, hooks, egress, watch, slo',
    ],
  ])('%s', (line, path, message) => {
    expect(refused(line)).toEqual([`code.yaml:6:5 services.api.${path}: ${message}`]);
  });

  it('is found at every depth and in every alternative of a strategy', () => {
    expect(refused('strategy:', '  kind: canary', '  surge: 1', 'scale: { min: 1, max: 2, targets: { cpu: 1%, gpu: 70% } }')).toEqual([
      'code.yaml:8:7 services.api.strategy.surge: unknown key, known here: kind, steps, bake, analysis, sticky, dynamic, on_deadline, abort_scale_down',
      'code.yaml:9:50 services.api.scale.targets.gpu: unknown key, did you mean "cpu"?',
    ]);
  });

  it('may say anything when it starts with x-, in every mapping', () => {
    const text = `x-team: { lead: [1, 2] }\n${withLines(run, 'x-note: 1', 'probe: { x-why: slow start }')}environments: { x-later: 3, live: { x-n: 1 } }\n`;
    const manifest = parseManifest(text, 'code.yaml');
    expect(Object.keys(manifest.environments)).toEqual(['live']);
    expect(manifest.services.api).not.toHaveProperty('x-note');
  });
});

describe('rules between keys', () => {
  it.each([
    [
      ['strategy: { kind: rolling, surge: 0 }'],
      '6:39 services.api.strategy.surge: surge and unavailable cannot both be 0, or no instance could ever be replaced',
    ],
    [
      ['strategy: { kind: canary, steps: [5%, 5%, 100%] }'],
      '6:38 services.api.strategy.steps: expected steps that grow and end with 100%, such as `[1%, 5%, 20%, 50%, 100%]`',
    ],
    [
      ['strategy: { kind: canary, steps: [5%] }'],
      '6:38 services.api.strategy.steps: expected steps that grow and end with 100%, such as `[1%, 5%, 20%, 50%, 100%]`',
    ],
    [
      ["strategy: { kind: canary, analysis: { metrics: [{ name: lag, webhook: { url: 'http://a/b' }, worse_by: 10% }] } }"],
      '6:82 services.api.strategy.analysis.metrics[0].webhook.url: needs {{release}}, or both releases would be read as one',
    ],
    [
      ['strategy: { kind: canary, analysis: {} }'],
      '6:41 services.api.strategy.analysis: needs something that decides, expected `errors`, `latency` or a metric that is no `dry_run`',
    ],
    [['scale: { min: 3, max: 2, targets: { cpu: 1% } }'], '6:27 services.api.scale.max: max is smaller than min'],
    [
      ['scale: { min: 1, max: 2, targets: {} }'],
      '6:39 services.api.scale.targets: holds nothing, expected cpu, memory, requests_per_second, concurrency, latency or queue',
    ],
    [
      ['scale: { min: 1, max: 2, targets: { memory: 1% } }'],
      '6:41 services.api.scale.targets.memory: is a share of a limit, add one such as `resources: { memory: 256Mi }`',
    ],
    [
      ['scale: { min: 1, max: 2, targets: { queue: { target: 3 } } }'],
      '6:48 services.api.scale.targets.queue: expected exactly one of prometheus and webhook',
    ],
    [['scale: { min: 1, max: 2, targets: { cpu: 1% }, zero: { after: 5m } }'], '6:58 services.api.scale.zero: needs `min: 0`'],
    [
      ['scale: { min: 1, max: 2, targets: { cpu: 1% }, schedule: [{ cron: 0 25 * * *, duration: 1h, min: 2 }] }'],
      '6:71 services.api.scale.schedule[0].cron: expected five cron fields (minute, hour, day, month, day of the week) such as `0 8 * * MON-FRI`, got "0 25 * * *"',
    ],
    [
      ['scale: { min: 1, max: 2, targets: { cpu: 1% }, up: { rates: [{ instances: 1, share: 5%, per: 1s }] } }'],
      '6:66 services.api.scale.up.rates[0]: expected exactly one of instances and share',
    ],
    [
      ['scale: { min: 3, max: 4, targets: { cpu: 1% } }', 'replicas: 5'],
      '7:15 services.api.replicas: lies outside scale.min and scale.max; leave it out to start with scale.min',
    ],
    [['image: a'], '6:5 services.api.image: "run" is given too, expected exactly one of run, image or build'],
    [['env: { A: x }', 'secrets: [B, A]'], '7:18 services.api.secrets[1]: "A" is in env too, keep one of them'],
    [['secrets: [A, B, A]'], '6:21 services.api.secrets[2]: "A" is listed twice, keep one of them'],
    [
      ['volumes: [{ name: a, path: /x }, { name: b, path: /x }]'],
      '6:55 services.api.volumes[1].path: "/x" is listed twice, keep one of them',
    ],
    [['needs: [apo]'], '6:13 services.api.needs[0]: there is no service "apo", did you mean "api"?'],
    [['needs: [constructor]'], '6:13 services.api.needs[0]: there is no service "constructor", known: api'],
    [['needs: [api]'], '6:5 services.api.needs: services need each other in a circle: api → api'],
    [['routes: [{ path: /a }, { host: "*", path: /a/ }]'], '6:28 services.api.routes[1]: "*/a" is routed to service "api" already'],
  ])('%j', (lines, line) => {
    expect(refused(...lines)).toEqual([`code.yaml:${line}`]);
  });

  it('wants a port for routes and for a probe over HTTP', () => {
    expect(refusal(withLines(run, 'routes: [{}]', 'liveness: { path: / }')).message.split('\n')).toEqual([
      'code.yaml:5:5 services.api.routes: needs a port, add one such as `port: 8080`',
      'code.yaml:6:17 services.api.liveness.path: needs a port, add one such as `port: 8080`',
    ]);
  });

  it('wants a probe where a strategy goes by steps', () => {
    expect(refusal(withLines(run, port, 'probe: none', 'strategy: canary')).message).toBe(
      'code.yaml:6:5 services.api.probe: cannot be none with strategy canary, describe a probe or choose rolling',
    );
  });

  it('wants something to run', () => {
    expect(refusal(withLines(port)).message).toBe(
      'code.yaml:4:5 services.api: says not what to run, expected exactly one of run, image or build',
    );
  });

  it('finds a circle through several services and a route taken by another', () => {
    const text = `application: shop
services:
  a: { build: x, port: 1, needs: [b], routes: [{ host: h }] }
  b: { build: x, port: 1, needs: [c] }
  c: { build: x, port: 1, needs: [a], routes: [{ host: h, path: / }] }
`;
    expect(refusal(text).message.split('\n')).toEqual([
      'code.yaml:5:27 services.c.needs: services need each other in a circle: a → b → c → a',
      'code.yaml:5:48 services.c.routes[0]: "h/" is routed to service "a" already',
    ]);
  });
});

describe('placement', () => {
  it.each([
    ['placement: { nodes: [ssd] }', '6:25 services.api.placement.nodes: expected a mapping such as `{ disk: ssd }`, got a list'],
    ['placement: {}', '6:16 services.api.placement.nodes: is missing, expected a mapping such as `{ disk: ssd }`'],
    [
      'placement: { nodes: { disk: "ssd nvme" } }',
      '6:33 services.api.placement.nodes.disk: expected up to 63 letters, digits and "-_." such as `ssd`, got "ssd nvme"',
    ],
    ['constraints: []', '6:5 services.api.constraints: unknown key, did you mean "placement"?'],
  ])('%s is refused where it stands', (line, message) => {
    expect(refused(line)).toEqual([`code.yaml:${message}`]);
  });

  it('takes labels with a prefix, as Kubernetes has them', () => {
    const manifest = parseManifest(withLines('image: a', port, 'placement: { nodes: { topology.kubernetes.io/zone: eu-1 } }'), 'code.yaml');
    expect(manifest.services['api']?.placement).toEqual({ nodes: { 'topology.kubernetes.io/zone': 'eu-1' } });
  });
});

describe('environments', () => {
  const base =
    'application: shop\nservices: { api: { build: x, port: 80, scale: { min: 2, max: 4, targets: { cpu: 1% } } } }\nenvironments:\n';

  it.each([
    [
      '  staging: { services: { apu: { replicas: 1 } } }',
      ['4:26 environments.staging.services.apu: there is no service "apu" to change, did you mean "api"?'],
    ],
    [
      '  staging: { services: { api: { replica: 1 } } }',
      ['4:33 environments.staging.services.api.replica: unknown key, did you mean "replicas"?'],
    ],
    [
      '  staging: { services: { api: { replicas: 1 } } }',
      ['4:43 environments.staging.services.api.replicas: lies outside scale.min and scale.max; leave it out to start with scale.min'],
    ],
    [
      '  staging: { services: { api: { scale: { min: 5 } } } }',
      ['2:62 environments.staging.services.api.scale.max: max is smaller than min'],
    ],
    [
      '  staging: { services: { api: 1 } }',
      ['4:31 environments.staging.services.api: expected a mapping such as `{ replicas: 1 }`, got 1'],
    ],
    [
      '  staging: { services: { api: { build: null } } }',
      ['4:31 environments.staging.services.api: says not what to run, expected exactly one of run, image or build'],
    ],
    ['  staging: { runtimes: process }', ['4:14 environments.staging.runtimes: unknown key, did you mean "runtime"?']],
    ['  staging: { approval: yes }', ['4:24 environments.staging.approval: expected none or required, got "yes"']],
  ])('%s', (line, problems) => {
    expect(refusal(`${base}${line}\n`).message.split('\n')).toEqual(problems.map((problem) => `code.yaml:${problem}`));
  });

  it('repeats nothing that is wrong in the service itself', () => {
    const text =
      'application: shop\nservices: { api: { build: x, port: 0 } }\nenvironments: { a: { services: { api: { replicas: 2 } } } }\n';
    expect(refusal(text).message).toBe('code.yaml:2:36 services.api.port: expected a whole number from 1 to 65535 such as `8080`, got 0');
  });

  it('may be empty', () => {
    expect(parseManifest(`${base}  staging:\n  live: {}\n`, 'code.yaml').environments.staging).toMatchObject({ approval: 'none' });
  });
});

describe('the error', () => {
  it('lists all problems as data, in the order of the file', () => {
    const error = refusal(
      withLines(run, 'port: x', 'replica: 1', 'strategy: { kind: rolling, surge: 0, bake: x, more: 1 }').replace('shop', 'Shop'),
    );
    expect(error.code).toBe('manifest_invalid');
    expect(error.hint).toContain('codectl manifest example');
    const { problems } = error.details as { problems: readonly { path: string; line: number; column: number; message: string }[] };
    expect(problems.map(({ path, line, column }) => `${line}:${column} ${path}`)).toEqual([
      '1:14 application',
      '5:11 services.api.port',
      '6:5 services.api.replica',
      '7:39 services.api.strategy.surge',
      '7:48 services.api.strategy.bake',
      '7:51 services.api.strategy.more',
    ]);
    expect(error.message.split('\n')).toHaveLength(problems.length);
  });

  it('shows the first hundred of many', () => {
    const lines = refused(...Array.from({ length: 120 }, (_, index) => `zzzz${index}: 1`));
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe('… and 20 more');
  });

  it('cannot be made to print control characters or whole files', () => {
    const { message } = refusal(withLines(run, `replicas: "\\e[31m${'z'.repeat(5000)}"`, `"\\e]0;x\\a${'k'.repeat(5000)}": 1`));
    expect(message.split('\n').join('')).not.toMatch(/\p{Cc}/u);
    expect(message.length).toBeLessThan(1000);
  });
});

describe('YAML', () => {
  it.each([
    ['a tab', 'application: a\nservices:\n\tapi: 1', '3:1 a tab is used as indentation, expected spaces'],
    [
      'indentation',
      'application: a\nservices:\n    api:\n  port: 1',
      '3:9 the indentation does not fit the lines above, expected the same depth as its neighbours',
    ],
    [
      'a second document',
      'application: a\n---\nb: 1',
      '2:1 a second document begins here, expected one manifest a file (without a further `---`)',
    ],
    ['a tag', 'application: !env a', '1:14 this tag is not supported, expected plain YAML without `!tags`'],
    ['an unclosed quote', 'application: "a', '1:16 not valid YAML: Missing closing "quote'],
    ['a mapping as key', '? [a]\n: b', '1:3 a key is not text, expected a word followed by `:`'],
    ['depth', `x-a: ${'['.repeat(30)}${']'.repeat(30)}`, '1:25 values are nested deeper than 20 levels'],
    ['an alias of itself', 'application: &a [*a]', '1:17 values are nested deeper than 20 levels'],
  ])('%s is refused with its place', (_, text, line) => {
    const error = refusal(text);
    expect(error.code).toBe('manifest_unreadable');
    expect(error.message).toBe(`code.yaml:${line}`);
  });

  it.each([
    [
      'a key twice',
      'application: a\napplication: b\nservices: { a: { build: x } }',
      '2:1 application: this key is given twice, keep one of them',
    ],
    [
      'a service twice',
      'application: a\nservices:\n  a: { build: x }\n  a: { build: y }',
      '4:3 services.a: this key is given twice, keep one of them',
    ],
    [
      'a dangerous key',
      '__proto__: { a: 1 }\napplication: a\nservices: { a: { build: x } }',
      '1:1 __proto__: this key is refused, choose another name',
    ],
    [
      'a dangerous name',
      'application: a\nservices: { constructor: { build: x }, a: { build: x } }',
      '2:13 services.constructor: this key is refused, choose another name',
    ],
    [
      'NUL in quotes',
      'application: a\nservices: { a: { build: x, env: { A: "\\0" } } }',
      '2:38 services.a.env.A: contains a NUL character, expected text',
    ],
    [
      'an alias of nothing',
      'application: *shop\nservices: { a: { build: x } }',
      '1:14 application: no anchor "&shop" stands above this alias',
    ],
    [
      'bytes',
      'application: !!binary YQ==\nservices: { a: { build: x } }',
      '1:23 application: this tag is not supported, expected plain YAML without `!tags`',
    ],
    ['an empty file', '', '1:1 expected a mapping such as `{ application: shop, services: { … } }`, got nothing'],
    ['no services', 'application: a\nservices: {}', '2:11 services: expected 1 to 250 services'],
  ])('%s is a problem with its place', (_, text, line) => {
    const error = refusal(text);
    expect(error.code).toBe('manifest_invalid');
    expect(error.message).toBe(`code.yaml:${line}`);
  });

  it.each([
    ['more than 256 KiB', '#'.repeat(256 * 1024 + 1), 'is larger than 256 KiB'],
    ['bytes that are not UTF-8', new Uint8Array([0x61, 0xff]), 'is not UTF-8 text'],
    ['text decoded from such bytes', 'application: a\uFFFD', 'is not UTF-8 text'],
    ['NUL', 'application: a\0', 'is not UTF-8 text'],
  ])('%s is refused before it is parsed', (_, content, words) => {
    const error = refusal(content);
    expect(error.code).toBe('manifest_unreadable');
    expect(error.message).toContain(words);
  });

  it('may have a byte order mark, Windows line ends, comments, anchors and merge keys', () => {
    const text =
      '\uFEFF# shop\r\nx-base: &base { build: ., port: 80 }\r\napplication: shop\r\nservices:\r\n  a: { <<: *base, port: 81 }\r\n  b: *base\r\n';
    const { services } = parseManifest(new TextEncoder().encode(text), 'code.yaml');
    expect(services).toMatchObject({ a: { build: '.', port: 81 }, b: { build: '.', port: 80 } });
  });

  it('keeps environment variables and arguments as they are written', () => {
    const env = { V: '1.10', BIG: '12345678901234567890', ON: 'true', HEX: '0x1F', OFF: 'no', E: '' };
    const text = withLines(
      'run: { command: [sleep, 1.0] }',
      'env: { V: 1.10, BIG: 12345678901234567890, ON: true, HEX: 0x1F, OFF: no, E: "" }',
    );
    expect(parseManifest(text, 'code.yaml').services.api).toMatchObject({ env, run: { command: ['sleep', '1.0'], directory: '.' } });
  });
});
