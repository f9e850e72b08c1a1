// A service as the manifest describes it: every key with its type, its default and its meaning. The reference page is made from this.
import { z } from 'zod';
import { completion, hooks, kind, release, schedule } from './completion.ts';
import { container } from './container.ts';
import { restart } from './restart.ts';
import { tls } from './routes/tls.ts';
import {
  absolutePath,
  directory,
  duration,
  host,
  imageReference,
  name,
  nodeLabel,
  nodeLabelValue,
  percentile,
  share,
  size,
  textLike,
  time,
  urlPath,
  variableName,
} from './scalars.ts';
import { scale } from './scale.ts';
import { secret } from './secret.ts';
import { strategy } from './strategy.ts';
import { traffic } from './traffic.ts';
import { egress, watch } from './watch.ts';
import { list, mapping, named, says, shown, whole } from './words.ts';

const run = mapping('Run', '{ command: [node, server.js] }', {
  command: list(textLike('node'), 'a list of words', '[node, server.js]', 1, 256).meta({
    description:
      'The program and its arguments, never a shell line. `$PORT`, and `${NAME}` of an environment variable, are replaced by their values.',
    example: ['node', 'server.js'],
  }),
  directory: directory.prefault('.').meta({
    description:
      'The directory that is shipped and started in, relative to the manifest. Left out of it are the manifest itself and what a `.codeignore` there names, as in gitignore(5); `.gitignore` is not read, for it names what services run from.',
  }),
});

const probe = mapping('Probe', '{ path: /healthz }', {
  path: urlPath.optional().meta({
    description: 'Path to ask over HTTP. Without it a connection to the port is enough; without a port, staying alive.',
  }),
  interval: time('1s').prefault('1s').meta({ description: 'Between two probes.' }),
  timeout: time('2s').prefault('2s').meta({ description: 'How long one probe may take.' }),
  passes: whole(1, 100, 2).prefault(2).meta({ description: 'Successes in a row that make an instance ready.' }),
  fails: whole(1, 100, 3).prefault(3).meta({ description: 'Failures in a row that make it unready.' }),
  deadline: time('60s').prefault('60s').meta({ description: 'How long after its start an instance may take to become ready.' }),
});

/** Also `none`: nobody asks. */
const readiness = z
  .union([z.literal('none'), probe], {
    error: ({ input }) => `expected none, or a mapping such as \`{ path: /healthz }\`, got ${shown(input)}`,
  })
  .meta({ expects: '`none` or a mapping', example: { path: '/healthz' } });

const cores = says('a number of cores above 0', '0.5');
const resources = mapping('Resources', '{ cpu: 0.5, memory: 256Mi }', {
  cpu: z
    .number(cores)
    .gt(0, cores)
    .max(1024, cores)
    .optional()
    .meta({ description: 'Cores an instance may use.', expects: 'a number of cores', example: 0.5 }),
  memory: size.optional().meta({ description: 'Memory an instance may use.' }),
});

const stop = mapping('Stop', '{ drain: 30s, grace: 10s }', {
  drain: duration('30s')
    .prefault('30s')
    .meta({ description: 'How long requests in flight may take once an instance is out of the routes.' }),
  grace: duration('10s').optional().meta({ description: 'Between SIGTERM and SIGKILL.', usually: '`10s` with a port, `30s` without' }),
});

const placement = mapping('Placement', '{ nodes: { disk: ssd } }', {
  nodes: named(nodeLabel, nodeLabelValue, '{ disk: ssd }').meta({
    description:
      'Labels that a node must have, all of them, none of which may begin with `x-`: on Swarm those that `docker node update --label-add disk=ssd NODE` gives, on Kubernetes those of `kubectl label node`.',
    expects: 'mapping of label to value',
    example: { disk: 'ssd' },
  }),
});

const volume = mapping('Volumes', '{ name: data, path: /var/lib/api }', {
  name: name('data').meta({ description: 'Instances and releases share a volume by its name.' }),
  path: absolutePath.meta({ description: 'Where instances find it.' }),
});

const route = mapping('Routes', '{ host: shop.localhost, path: / }', {
  host: host.prefault('*').meta({ description: 'Host name in lower case, or `*` for every host.' }),
  path: urlPath.prefault('/').meta({ description: 'Path prefix, matched at segment borders.', example: '/' }),
  tls: tls.optional().meta({
    description: 'Requests to the host come over TLS, too, at the gateway’s `gateway_tls_listen`; the first route of a host decides.',
    usually: 'without TLS',
  }),
});

const slo = mapping('Service level', '{ availability: 99.9% }', {
  availability: share('99.9%').optional().meta({ description: 'Share of requests that succeed.' }),
  latency: named(percentile, time('200ms'), '{ p99: 200ms }')
    .optional()
    .meta({ description: 'Latency percentiles.', expects: 'mapping of percentile to duration', example: { p99: '200ms' } }),
});

export const serviceSchema = mapping('Service', '{ run: { command: [node, server.js] } }', {
  kind: kind.optional().meta({
    description: 'A service and a worker run for ever; a job runs to its end with each new release, a cron at the times of its schedule.',
    usually: '`service` with a port, `worker` without',
    example: 'job',
  }),
  run: run.optional().meta({ description: 'Ships a directory and starts a command in it. Exactly one of run, image and build is given.' }),
  image: imageReference.optional().meta({ description: 'Starts a container image.' }),
  build: directory.optional().meta({ description: 'Builds a container image from the Dockerfile in this directory.' }),
  container: container.optional().meta({
    description: 'How its container runs; what it loosens is told with every plan. Of image and build only.',
    usually: '`{}`: not root, read-only, no capabilities',
  }),
  placement: placement.optional().meta({
    description: 'On which nodes of a cluster its instances may run. Of swarm and kubernetes only.',
    usually: 'wherever there is room',
  }),
  port: whole(1, 65_535, 8080).optional().meta({
    description: 'Port the service listens on, given to it as $PORT where the runtime chooses; a worker has none.',
  }),
  replicas: whole(0, 1000, 3).optional().meta({
    description:
      'Number of instances. 0: none, but a new release starts one, which has to become ready and goes again before its deployment succeeds.',
    usually: '`1`, or `scale.min`',
  }),
  probe: readiness.prefault({}).meta({
    description:
      'Readiness: an instance gets traffic once it passes. With `none` it does as soon as it runs, and a new release starts only when the old one has stopped.',
  }),
  liveness: probe.optional().meta({ description: 'Liveness, same shape: an instance that fails is replaced.' }),
  env: named(variableName, textLike('info'), '{ LOG_LEVEL: info }')
    .prefault({})
    .meta({ description: 'Environment variables.', expects: 'mapping of name to text', example: { LOG_LEVEL: 'info' } }),
  secrets: list(secret, 'a list of names', '[DATABASE_URL]', 0, 100)
    .prefault([])
    .meta({
      description:
        'Names of secrets; their values live in the secret store (`codectl secret set`). Given as environment variables, or with `as: file` as a file whose path is told as `TLS_KEY_FILE`. On Swarm all are files.',
      example: ['DATABASE_URL'],
    }),
  resources: resources.prefault({}).meta({ description: 'Limits of one instance.' }),
  stop: stop.prefault({}).meta({ description: 'How an instance is let go.' }),
  restart: restart.optional().meta({
    description: 'What follows when an instance ends by itself.',
    usually: '`{}`: it is replaced, at once and then at a growing pace',
  }),
  strategy: strategy.prefault('rolling').meta({ description: 'How a new release takes over.', example: { kind: 'rolling' } }),
  volumes: list(volume, 'a list of volumes', '[{ name: data, path: /var/lib/api }]', 0, 50)
    .prefault([])
    .meta({ description: 'Directories that outlive instances.' }),
  needs: list(name('api'), 'a list of service names', '[api]', 0, 100)
    .prefault([])
    .meta({ description: 'Services of this manifest that must be live before this one is rolled.', example: ['api'] }),
  routes: list(route, 'a list of routes', '[{ host: shop.localhost, path: / }]', 0, 100)
    .prefault([])
    .meta({ description: 'Requests from outside that this service answers.' }),
  traffic: traffic.optional().meta({ description: 'How the gateway treats its requests.', usually: '`{}`' }),
  scale: scale.optional().meta({ description: 'Changes the number of instances with the load.' }),
  completion: completion
    .optional()
    .meta({ description: 'Of a job or a cron: how long, and how often again.', usually: '`{ deadline: 1h }`' }),
  schedule: schedule.optional().meta({ description: 'Of a cron: when it runs.' }),
  release: release.optional().meta({ description: 'A command for each new release, such as a migration.' }),
  hooks: hooks.optional().meta({ description: 'Who is told of the phases of a deployment that changes this service.' }),
  egress: egress.optional().meta({
    description:
      'Where it connects to beside its own machine. What leads elsewhere is told as a finding of the runtime watch; it is not stopped.',
    usually: 'nothing is expected',
    example: ['db.example.org:5432'],
  }),
  watch: watch.optional().meta({ description: 'What else the runtime watch may expect of it.', usually: '`{}`' }),
  slo: slo.optional().meta({ description: 'What the service promises; trials and alerts measure against it.' }),
});

/** A service as written, every quantity a number; defaults that depend on neighbours are still open. */
export type ServiceManifest = z.output<typeof serviceSchema>;
