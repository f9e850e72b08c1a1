// Manifests of tests in containers.

export interface Wished {
  readonly image?: string;
  readonly [key: string]: unknown;
}

/** One service, `web`, that serves at `APPLICATION.localhost`, with what a test varies. */
export function aWeb(runtime: 'docker' | 'swarm', application: string, wished: Wished): string {
  const web = {
    port: 8080,
    probe: { path: '/healthz', interval: '200ms', deadline: '120s' },
    routes: [{ host: `${application}.localhost` }],
    strategy: { kind: 'rolling', bake: '100ms' },
    stop: { drain: '60s', grace: '5s' },
    ...wished,
  };
  return JSON.stringify({ application, services: { web }, environments: { test: { runtime } } });
}
