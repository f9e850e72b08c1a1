// Reads experiments from YAML, strictly: an unknown key is named with its place and the nearest known one.
import { z } from 'zod';
import { CodeError } from '../../base/errors.ts';
import { manifestError } from '../manifest/finding.ts';
import { findingsOf } from '../manifest/issues.ts';
import { duration, share, someShare, time, urlPath } from '../manifest/schema/scalars.ts';
import { choice, list, mapping, whole, word } from '../manifest/schema/words.ts';
import { readDocument } from '../manifest/yaml/read.ts';
import type { Experiment } from './experiment.ts';
import { builtInExperiments, defaultRecovery, defaultSteady } from './experiments.ts';

const kinds = [
  'crash',
  'pause',
  'partition',
  'latency',
  'loss',
  'memory',
  'cpu',
  'disk_full',
  'clock_skew',
  'dns',
  'descriptors',
  'dependency',
] as const;

const aName = word('a name of letters, digits and "-_"', 'partition', /^[a-z0-9][a-z0-9_-]{0,39}$/);
const serviceName = word('the name of a service', 'api', /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/);
const template = word('a path that starts with "/"', '/items/{id}', /^\/[^\s#]{0,1023}$/);
const pathInAnswer = word('a path in the answer', 'items.0.id', /^[\w.-]{0,200}$/);
const method = choice(['POST', 'PUT']);
const setting = z.union([z.number(), z.string()]);

const fault = mapping('Fault', 'kind: partition', {
  kind: choice(kinds),
  service: serviceName.optional(),
  part: choice(['daemon', 'gateway']).optional(),
  instances: z.union([whole(1, 1_000, 1), z.literal('all').transform(() => 1_000)]).default(1),
  at: duration('0s').default(0),
  lasts: time('30s'),
  settings: z.record(z.string(), setting).default({}),
});

const write = {
  method: method.default('POST'),
  path: template,
  body: z.string().max(10_000).optional(),
  type: word('a type of content', 'application/json', /^[ -~]{1,100}$/).default('application/json'),
};

const integrity = mapping('Integrity', 'write: { path: /items }', {
  write: mapping('Write', 'path: /items', write),
  read: mapping('Read', 'path: /items', {
    path: template,
    items: pathInAnswer.default(''),
    pages: mapping('Pages', 'after: id', {
      after: pathInAnswer,
      start: word('what stands for the first page', '0', /^[\w.-]{0,40}$/).default('0'),
    }).optional(),
    id: pathInAnswer,
    value: pathInAnswer.optional(),
  }),
  register: mapping('Register', 'keys: 3', {
    write: mapping('Write', 'path: "/keys/{key}"', write),
    read: mapping('Read', 'path: "/keys/{key}"', { path: template, value: pathInAnswer }),
    keys: whole(1, 100, 3).default(3),
  }).optional(),
  clients: whole(1, 50, 4).default(4),
});

const experiment = mapping('Experiment', 'name: partition', {
  name: aName,
  faults: list(fault, 'a list of faults', '[{ kind: crash, lasts: 15s }]', 0, 20).default([]),
  load: mapping('Load', 'rate: 250', { rate: whole(1, 100_000, 250), path: urlPath.optional() }),
  before: time('10s').default(10_000),
  steady: mapping('Steady', 'success: 99%', {
    success: share('99%').default(defaultSteady.success),
    p99: time('500ms').default(defaultSteady.p99),
    goodput: share('95%').default(defaultSteady.goodput),
    least: whole(1, 10_000, 50).default(defaultSteady.least),
  }).default(defaultSteady),
  during: mapping('During', 'errors: 5%', { errors: share('5%') }).optional(),
  recovery: mapping('Recovery', 'within: 30s', {
    good: time('10s').default(defaultRecovery.good),
    within: time('30s').default(defaultRecovery.within),
    from: choice(['onset', 'removal']).optional(),
    watch: time('60s').default(defaultRecovery.watch),
  }).default(defaultRecovery),
  abort: mapping('Abort', 'errors: 60%', { errors: someShare('60%'), lasts: time('10s') }).optional(),
  integrity: integrity.optional(),
});

const [first = 'null', ...rest] = builtInExperiments.map(({ name }) => name);

const several = mapping('Experiments', 'experiments: []', {
  experiments: list(experiment, 'a list of experiments', '[…]', 0, 50).default([]),
  built_in: list(choice([first, ...rest]), 'a list of built-in experiments', '[crash, partition]', 0, 50).default([]),
  integrity: integrity.optional(),
}).refine((read) => read.experiments.length + read.built_in.length > 0, 'holds no experiment: name some below experiments or built_in');

/**
 * One experiment; or several, those of one's own below `experiments` and others by name below `built_in`. What `integrity` says beside them holds for all that
 * say nothing of it themselves. Errors: `manifest_unreadable`, `manifest_invalid`, each problem with its line. */
export function readExperiments(content: string | Uint8Array, name: string): readonly Experiment[] {
  const document = readDocument(content, name);
  const value = typeof document.value === 'object' && document.value !== null ? document.value : {};
  const many = 'experiments' in value || 'built_in' in value;
  const read = (many ? several.transform(together) : experiment.transform((one) => [one])).safeParse(document.value, { reportInput: true });
  const problems = [...document.problems, ...findingsOf(read.error?.issues ?? []).map(document.locate)];
  if (problems.length > 0 || read.data === undefined) throw withHint(manifestError('manifest_invalid', name, problems));
  return read.data;
}

function together(read: z.infer<typeof several>): readonly Experiment[] {
  const known = read.built_in.flatMap((wanted) => builtInExperiments.filter(({ name }) => name === wanted));
  return [...known, ...read.experiments].map((one) => (read.integrity === undefined ? one : { integrity: read.integrity, ...one }));
}

function withHint({ code, message, details }: CodeError): CodeError {
  const hint =
    'An experiment has name, faults, load, before, steady, during, recovery, abort and integrity; "codectl prove chaos --help" shows those that are built in.';
  return new CodeError(code, message, { hint, details });
}
