// An application that uses every key of the manifest once; its comments come from the schema. A test fails when a key is missing here.

export const exampleValues = {
  application: 'shop',
  services: {
    api: {
      run: { command: ['node', 'server.js'], directory: './api' },
      port: 8080,
      replicas: 3,
      probe: { path: '/healthz', interval: '1s', timeout: '2s', passes: 2, fails: 3, deadline: '60s' },
      liveness: { path: '/livez', interval: '5s' },
      env: { LOG_LEVEL: 'info' },
      secrets: ['DATABASE_URL'],
      resources: { cpu: 0.5, memory: '256Mi' },
      stop: { drain: '30s', grace: '10s' },
      strategy: { kind: 'rolling', surge: 1, unavailable: 0, bake: '10s' },
      volumes: [{ name: 'data', path: '/var/lib/api' }],
    },
    web: {
      image: 'shop/web:2.1',
      port: 3000,
      needs: ['api'],
      resources: { memory: '512Mi' },
      routes: [{ host: 'shop.localhost', path: '/' }],
      strategy: {
        kind: 'canary',
        steps: ['1%', '5%', '20%', '50%', '100%'],
        bake: '30s',
        analysis: {
          errors: { worse_by: '1%' },
          latency: { p99: { worse_by: '20%' } },
          confidence: '99%',
          at_most: '15m',
        },
        sticky: 'cookie',
      },
      scale: {
        min: 2,
        max: 10,
        targets: {
          cpu: '70%',
          memory: '80%',
          requests_per_second: 200,
          concurrency: 20,
          latency: { p95: '200ms' },
          queue: { prometheus: { url: 'http://prometheus:9090', query: 'sum(queue_length)' }, target: 30, fallback: 3 },
        },
        every: '1s',
        tolerance: '10%',
        up: { window: '0s', rates: [{ instances: 4, per: '15s' }] },
        down: { window: '5m', rates: [{ share: '100%', per: '15s' }] },
        schedule: [{ cron: '0 8 * * MON-FRI', time_zone: 'Europe/Berlin', duration: '10h', min: 4 }],
      },
      slo: { availability: '99.9%', latency: { p99: '200ms' } },
    },
    mailer: {
      build: './mailer',
      scale: { min: 0, max: 5, zero: { after: '5m' }, targets: { queue: { webhook: { url: 'http://jobs.internal/depth' }, target: 30 } } },
    },
    docs: {
      build: './docs',
      port: 80,
      routes: [{ host: 'docs.shop.localhost', path: '/' }],
      strategy: { kind: 'blue-green', bake: '30s', warm: '30s' },
    },
  },
  environments: {
    staging: { runtime: 'process', services: { api: { replicas: 1 } } },
    production: { runtime: 'swarm', approval: 'required' },
  },
} as const;
