// The objects of a replica set: as the published schemas, pod security and the API's own rules want them; and printed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { renderSet } from '../../src/adapters/runtimes/kubernetes/objects/render.ts';
import type { ServiceSpec } from '../../src/model/service.ts';
import { cli } from '../kit/cli.ts';
import type { Part, Stored } from '../kit/kube/objects.ts';
import { faultsOf, unknownFields } from '../kit/kube/schema.ts';
import { restricted } from '../kit/kube/security.ts';
import { aSet } from './bench.ts';

const home = '0123456789abcdef';
const render = (varied: Partial<ServiceSpec> = {}, secrets: Readonly<Record<string, string>> = {}, more = {}) => {
  const { shared, told, deployment } = renderSet({
    set: { ...aSet(8080, 2, varied), ...more },
    home,
    secrets,
    surroundings: { API_URL: 'http://api' },
  });
  return [...shared, ...told, deployment];
};
const stored = (object: object): Stored => {
  const one = structuredClone(object) as Stored;
  Object.assign(one.metadata, { namespace: 'shop', uid: 'x', resourceVersion: '1', creationTimestamp: '' });
  return one;
};
const faults = (objects: readonly object[]): readonly string[] =>
  objects.flatMap((one) => [...faultsOf(stored(one), undefined), ...unknownFields(one as Part)]);
const podOf = (objects: readonly object[]): Part => (objects.at(-1) as { spec: { template: { spec: Part } } }).spec.template.spec;

describe('the objects of a replica set', () => {
  it('are sound, and as restricted as pods can be', () => {
    const objects = render({ resources: { cpu: 0.5, memory: 256 * 2 ** 20 } }, { PASSWORD: 'x' });
    expect(objects.map((one) => one.kind)).toEqual([
      'Service',
      'PodDisruptionBudget',
      'NetworkPolicy',
      'ConfigMap',
      'Secret',
      'Deployment',
    ]);
    expect(faults(objects)).toEqual([]);
    expect(restricted(podOf(objects))).toEqual([]);
    expect(podOf(objects)).toMatchObject({
      automountServiceAccountToken: false,
      containers: [
        {
          resources: { requests: { cpu: '500m', memory: '268435456' }, limits: { cpu: '500m', memory: '268435456' } },
          readinessProbe: { httpGet: { path: '/healthz' } },
        },
      ],
    });
  });

  it('are sound whatever the names and numbers are', () => {
    const name = fc.stringMatching(/^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/);
    const time = fc.integer({ min: 1, max: 86_400_000 });
    const count = fc.integer({ min: 1, max: 100 });
    const probe = fc.record({
      path: fc.constantFrom('/', '/healthz', undefined),
      interval: time,
      timeout: time,
      passes: count,
      fails: count,
      deadline: time,
    });
    const varied = fc.record({
      name,
      probe,
      liveness: fc.option(probe, { nil: undefined }),
      port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(varied, name, name, fc.nat(1000), (spec, application, environment, replicas) => {
        const set = aSet(1, replicas, spec);
        const id = `${application}/${environment}/${set.release.id}`;
        const objects = render(spec, {}, { id, scope: { application, environment }, replicas });
        expect(faults(objects)).toEqual([]);
        expect(objects.at(-1)?.metadata.name.length).toBeLessThanOrEqual(63 - 17);
      }),
      { numRuns: 50 },
    );
  });

  it('are the same for the same set, and others for another release, generation or engine', () => {
    const nameOf = (more: object, by = home) =>
      renderSet({ set: { ...aSet(8080, 2), ...more }, home: by, secrets: {}, surroundings: {} }).deployment.metadata.name;
    expect(render()).toEqual(render());
    const names = [nameOf({}), nameOf({ id: 'shop/test/api@other' }), nameOf({ id: 'shop/test/api@x+1' }), nameOf({}, 'fedcba9876543210')];
    expect(new Set(names).size).toBe(4);
  });

  it('are sound with secrets as files, for whoever runs there', () => {
    const files = (container?: ServiceSpec['container']) => {
      const varied = { secrets: ['A', 'B'], secretFiles: ['B'], ...(container && { container }) };
      const objects = render(varied, { A: 'x', B: 'y' });
      expect(faults(objects)).toEqual([]);
      expect(restricted(podOf(objects))).toEqual([]);
      // As a whole they would change in what runs.
      const mount = { mountPath: '/run/secrets/B', subPath: 'B', readOnly: true };
      expect(podOf(objects)).toMatchObject({ containers: [{ volumeMounts: expect.arrayContaining([expect.objectContaining(mount)]) }] });
      return (podOf(objects) as { securityContext: { fsGroup: number } }).securityContext.fsGroup;
    };
    expect([files(), files({ user: '1000' }), files({ user: '1000:2000' }), files({ writable: true })]).toEqual([
      65_532, 1000, 2000, 65_532,
    ]);
  });

  it('of who has no secrets as files are what they always were: another template would start every pod anew', () => {
    const pod = podOf(render({ secrets: ['A'] }, { A: 'x' }));
    expect(pod).toMatchObject({ containers: [{ envFrom: [{ configMapRef: {} }, { secretRef: {} }] }] });
    expect(JSON.stringify(pod)).not.toMatch(/fsGroup|secretKeyRef/);
  });

  it('let a manifest take safeguards away, and then a restricted namespace refuses them', () => {
    const pod = podOf(render({ container: { user: 'root', writable: true, capabilities: ['CHOWN'], new_privileges: true } }));
    expect(restricted(pod)).toEqual([
      'allowPrivilegeEscalation != false (container "service")',
      'added capabilities (container "service")',
      'runAsNonRoot != true (container "service")',
      'runAsUser=0 (container "service")',
    ]);
    expect(pod['volumes']).toBeUndefined();
  });

  it('keep pods on the nodes that a manifest wants', () => {
    const objects = render({ placement: { nodes: { disk: 'ssd' } } });
    expect(podOf(objects)['nodeSelector']).toEqual({ disk: 'ssd' });
    expect(faults(objects)).toEqual([]);
    expect(podOf(render())['nodeSelector']).toBeUndefined();
  });

  it('of a worker have no port, no probe and no Service', () => {
    const objects = render({ port: undefined });
    expect(objects.map((one) => one.kind)).not.toContain('Service');
    expect(JSON.stringify(podOf(objects))).not.toMatch(/Probe|containerPort/);
    expect(faults(objects)).toEqual([]);
  });

  it('do not restart who is not checked', () => {
    expect(JSON.stringify(render({}, {}, { unchecked: true }))).not.toContain('startupProbe');
  });
});

describe('the judge of these tests', () => {
  it('knows fields that are none, values that are none, and names that are none', () => {
    const [deployment] = render().slice(-1).map(stored);
    if (!deployment) throw new Error('nothing was rendered');
    expect(unknownFields({ ...deployment, spec: { ...(deployment['spec'] as Part), replica: 1 } })).toEqual(['spec.replica']);
    expect(unknownFields({ ...deployment, spec: { template: { spec: { containers: [{ name: 'a', img: 'b' }] } } } })).toEqual([
      'spec.template.spec.containers[0].img',
    ]);
    expect(faultsOf({ ...deployment, spec: { ...(deployment['spec'] as Part), replicas: 'two' } }, undefined).join()).toMatch(/replicas/);
    expect(faultsOf({ ...deployment, metadata: { ...deployment.metadata, name: 'Web_1' } }, undefined)).toContain(
      'metadata.name: Invalid value: "Web_1"',
    );
    const withVolume = (volume: object, mount: object) => {
      const pod = structuredClone(podOf(render({ secrets: ['B'], secretFiles: ['B'] }, { B: 'y' }))) as unknown as {
        volumes: object[];
        containers: { volumeMounts: object[] }[];
      };
      pod.volumes.push(volume);
      pod.containers[0]?.volumeMounts.push(mount);
      return faultsOf(
        {
          ...deployment,
          spec: {
            ...(deployment['spec'] as Part),
            template: { metadata: (deployment['spec'] as { template: { metadata: object } }).template.metadata, spec: pod },
          },
        },
        undefined,
      ).join();
    };
    expect(withVolume({ name: 'x', emptyDir: {}, secret: { secretName: 'a' } }, { name: 'x', mountPath: '/x' })).toContain(
      'exactly 1 volume type',
    );
    expect(withVolume({ name: 'x', secret: { secretName: 'a', defaultMode: 1000 } }, { name: 'x', mountPath: '/x' })).toContain(
      'defaultMode',
    );
    expect(withVolume({ name: 'x', emptyDir: {} }, { name: 'x', mountPath: '/run/secrets/B' })).toContain('must be unique');
    expect(withVolume({ name: 'x', emptyDir: {} }, { name: 'x', mountPath: '/x', subPath: '../y' })).toContain('subPath');
    expect(
      faultsOf({ ...deployment, spec: { ...(deployment['spec'] as Part), selector: { matchLabels: { a: 'b' } } } }, deployment),
    ).toHaveLength(2);
  });
});

describe('codectl manifest render', () => {
  const inDirectory = async (manifest: object): Promise<string> => {
    const directory = await mkdtemp(join(tmpdir(), 'render-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, 'code.yaml'), JSON.stringify(manifest));
    return directory;
  };

  it('prints what a cluster would be asked for, as YAML', async () => {
    const web = { image: 'registry.test/web:1', port: 3000, needs: ['api'], env: { ANSWER: '42' } };
    const directory = await inDirectory({
      application: 'shop',
      services: { web, api: { image: 'registry.test/api:1', port: 8080, replicas: 3 } },
    });
    const { code, stdout, stderr } = await cli(['manifest', 'render', '--runtime', 'kubernetes', '--home', '/home/x'], directory);
    expect([code, stderr]).toEqual([0, '']);
    const objects = parseAllDocuments(stdout).map((one) => one.toJS() as Part);
    expect(objects.filter((one) => one['kind'] === 'Deployment')).toHaveLength(2);
    expect(faults(objects)).toEqual([]);
    const service = objects.find((one) => one['kind'] === 'Service' && JSON.stringify(one).includes('shop-api'));
    const told = objects.find((one) => one['kind'] === 'ConfigMap' && JSON.stringify(one).includes('ANSWER'));
    expect(told).toMatchObject({
      data: { ANSWER: '42', API_URL: `http://${(service as { metadata: { name: string } }).metadata.name}:80` },
    });
  });

  it('refuses what cannot be done there, and a runtime that is asked for no objects', async () => {
    const directory = await inDirectory({
      application: 'shop',
      services: {
        web: { build: '.', port: 3000, volumes: [{ name: 'data', path: '/data' }], restart: { attempts: 3 }, container: { processes: 64 } },
      },
    });
    const refused = await cli(['manifest', 'render', '--runtime', 'kubernetes'], directory);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(
        /services.web.build: .*builds no images[^]*services.web.container.processes[^]*services.web.restart[^]*services.web.volumes/,
      ),
    ]);
    expect(await cli(['manifest', 'render'], directory)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--runtime kubernetes'),
    });
  });
});
