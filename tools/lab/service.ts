// A service of several replicas in a lab: deployed by an engine of the lab's own, and looked at.
import type { DeploymentSeen, House, InstanceSeen } from '../../test/kit/house.ts';
import type { SwarmLab } from '../../test/lab/lab.ts';

type Placed = InstanceSeen & { readonly node?: string };

interface Wished {
  readonly replicas: number;
  /** How long one probe may take. */
  readonly probe?: string;
}

export function manifestOf(application: string, image: string, version: string, { replicas, probe = '500ms' }: Wished): string {
  const web = {
    image,
    port: 8080,
    replicas,
    env: { VERSION: version },
    probe: { path: '/healthz', interval: '200ms', timeout: probe, passes: 1, fails: 2, deadline: '10m' },
    routes: [{ host: `${application}.localhost` }],
    strategy: { kind: 'rolling', surge: Math.ceil(replicas / 2), bake: '0s' },
    stop: { drain: '10s', grace: '5s' },
  };
  return JSON.stringify({ application, services: { web }, environments: { lab: { runtime: 'swarm' } } }, undefined, 2);
}

export class LabService {
  readonly application: string;
  readonly #wished: Wished;
  readonly house: House;
  readonly #lab: SwarmLab;

  constructor(lab: SwarmLab, house: House, application: string, wished: Wished) {
    this.#lab = lab;
    this.house = house;
    this.application = application;
    this.#wished = wished;
  }

  get replicas(): number {
    return this.#wished.replicas;
  }

  /** Resolves with whatever has become of it. */
  async deploy(version: string): Promise<DeploymentSeen> {
    return this.house.outcome(await this.house.deploy(manifestOf(this.application, this.#lab.image, version, this.#wished)));
  }

  /** Errors: where the deployment did not succeed. */
  async ship(version: string): Promise<void> {
    const { outcome, reason } = await this.deploy(version);
    if (outcome !== 'succeeded') throw new Error(`${version} of ${this.application} could not be deployed (${outcome}): ${reason}`);
  }

  async ready(): Promise<readonly Placed[]> {
    const { instances } = await this.house.service('web', this.application);
    return (instances as readonly Placed[]).filter(({ ready }) => ready);
  }

  /** Those that the gateway sends requests to. */
  async routed(): Promise<ReadonlySet<string>> {
    const { routes } = await this.house.call<Routes>('traffic.routes');
    const mine = routes.filter(({ host }) => host === `${this.application}.localhost`);
    return new Set(mine.flatMap(({ releases }) => releases).flatMap(({ instances }) => instances));
  }

  async remove(): Promise<void> {
    const { application } = this;
    const { plan_id } = await this.house.call<{ plan_id: string }>('change.remove_plan', { application, environment: 'lab' });
    await this.house.outcome(await this.house.call('change.apply', { plan_id }));
  }
}

interface Routes {
  readonly routes: readonly { readonly host: string; readonly releases: readonly { readonly instances: readonly string[] }[] }[];
}
