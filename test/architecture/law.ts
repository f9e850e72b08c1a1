// The law of the house as data: floors, arrows, owners of the outside world, and budgets. ARCHITECTURE.md says the same in words.

export interface Law {
  /** Folder under src/ → the folders it may import besides itself. */
  readonly arrows: Readonly<Record<string, readonly string[]>>;
  /** The one folder outside the tree, from its root, that test files may import. */
  readonly testKit: string;
  /** Folders whose subfolders are strangers to one another. */
  readonly strangersInside: readonly string[];
  readonly owners: readonly OwnerRule[];
  readonly globals: readonly GlobalRule[];
  readonly pure: PureRule;
  readonly budgets: Budgets;
}

/** Who may import what of a module. A path that ends in `/` means a folder. */
export interface OwnerRule {
  readonly modules: readonly string[];
  readonly grants: readonly Grant[];
  /** Names that touch nothing outside the process and are therefore free for everybody. */
  readonly harmless: readonly string[];
  readonly instead: string;
}

export interface Grant {
  readonly folder: string;
  /** Absent: all of the module. */
  readonly names?: readonly string[];
}

export interface GlobalRule {
  readonly names: readonly string[];
  readonly folders: readonly string[];
  readonly instead: string;
}

export interface PureRule {
  readonly folders: readonly string[];
  /** Globals that read a clock, randomness or the environment; `x.*` means x and all its members. */
  readonly globals: readonly string[];
  /** Builtin modules whose listed names (`*`: all) depend on nothing but their arguments. Every other builtin is refused. */
  readonly builtins: Readonly<Record<string, readonly string[]>>;
  /** Values of our own that carry a clock or randomness; their types are welcome. */
  readonly carriers: Readonly<Record<string, readonly string[]>>;
}

export interface Budgets {
  readonly lines: number;
  readonly relativeImports: number;
  readonly filesInFolder: number;
  /** Files that are lists by nature: their number of imports is their content. */
  readonly lists: readonly RegExp[];
}

const floorFour = ['decide', 'ports', 'platform', 'model', 'base'];

const reading = [
  ...['readFile', 'readdir', 'stat', 'lstat', 'statfs', 'access', 'realpath', 'readlink', 'opendir', 'glob', 'exists'].flatMap((name) => [
    name,
    `${name}Sync`,
  ]),
  'createReadStream',
  'constants',
  'watch',
];

const listening = ['createServer', 'createSecureServer', 'Server'];
const listeners: readonly Grant[] = [
  { folder: 'gateway/', names: listening },
  { folder: 'surfaces/', names: listening },
];

export const law: Law = {
  arrows: {
    main: [
      'surfaces',
      'operations',
      'engine',
      'access',
      'experts',
      'proving',
      'gateway',
      'adapters',
      'decide',
      'ports',
      'platform',
      'model',
      'base',
    ],
    surfaces: ['operations', 'platform', 'model', 'base'],
    operations: ['engine', 'access', 'experts', 'proving', 'model', 'base'],
    engine: floorFour,
    access: floorFour,
    experts: floorFour,
    proving: floorFour,
    gateway: ['ports', 'platform', 'model', 'base'],
    adapters: ['ports', 'platform', 'model', 'base'],
    decide: ['model', 'base'],
    ports: ['model', 'base'],
    platform: ['base'],
    model: ['base'],
    base: [],
  },
  testKit: '../test/kit/',
  strangersInside: ['adapters', 'surfaces'],
  owners: [
    {
      modules: ['node:child_process', 'node:cluster'],
      grants: [{ folder: 'platform/' }],
      harmless: [],
      instead: 'start processes through a function of platform/process',
    },
    {
      modules: ['node:fs', 'node:fs/promises'],
      grants: [{ folder: 'platform/' }],
      harmless: reading,
      instead: 'write through platform/files, which is atomic and names the disk that is full',
    },
    {
      modules: ['node:net'],
      grants: [{ folder: 'platform/' }, { folder: 'gateway/' }, ...listeners],
      harmless: ['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress'],
      instead: 'connect through platform/, listen in gateway/ or surfaces/',
    },
    {
      modules: ['node:http'],
      grants: [],
      harmless: [],
      instead: 'take it from platform/node-http.ts, which does not load undici along',
    },
    {
      modules: ['platform/node-http.ts', 'node:https', 'node:http2', 'node:tls'],
      grants: [{ folder: 'platform/' }, ...listeners],
      harmless: ['STATUS_CODES', 'METHODS'],
      instead: 'call out through platform/, listen in gateway/ or surfaces/',
    },
    {
      modules: ['node:dgram', 'node:dns', 'node:dns/promises', 'undici'],
      grants: [{ folder: 'platform/' }],
      harmless: [],
      instead: 'call out through platform/',
    },
    {
      modules: ['node:sqlite'],
      grants: [{ folder: 'adapters/store/sqlite/' }],
      harmless: [],
      instead: 'speak to ports/store.ts',
    },
    { modules: ['pg'], grants: [{ folder: 'adapters/store/postgres/' }], harmless: [], instead: 'speak to ports/store.ts' },
    {
      modules: ['fastify'],
      grants: [{ folder: 'surfaces/http/' }],
      harmless: [],
      instead: 'add an operation; surfaces/http makes its route',
    },
    {
      modules: ['@modelcontextprotocol/server', '@modelcontextprotocol/server/stdio'],
      grants: [{ folder: 'surfaces/mcp/' }, { folder: 'proving/bench/mcp/' }, { folder: 'main/mcp/conformance/' }],
      harmless: [],
      instead: 'add an operation; surfaces/mcp makes its tool',
    },
    {
      modules: ['@cedar-policy/cedar-wasm/nodejs'],
      grants: [{ folder: 'access/policy/' }],
      harmless: [],
      instead: 'ask access/policy, which loads it when it is needed',
    },
    {
      modules: ['openid-client'],
      grants: [{ folder: 'adapters/identity/' }],
      harmless: [],
      instead: 'speak to ports/identity.ts',
    },
    {
      modules: ['jose'],
      grants: [{ folder: 'adapters/identity/' }, { folder: 'adapters/certificates/acme/' }],
      harmless: [],
      instead: 'speak to ports/identity.ts or ports/certificates.ts',
    },
    {
      modules: ['node:module'],
      grants: [],
      harmless: ['isBuiltin', 'builtinModules'],
      instead: 'use a literal import, which this test can read',
    },
  ],
  globals: [
    {
      names: ['fetch', 'WebSocket', 'EventSource'],
      folders: ['platform/'],
      instead: 'call out through platform/',
    },
    {
      names: ['process.getBuiltinModule'],
      folders: ['platform/node-http.ts'],
      instead: 'use a literal import, which this test can read',
    },
    {
      names: ['require', 'process.binding', 'eval', 'Function'],
      folders: [],
      instead: 'use a literal import, which this test can read',
    },
  ],
  pure: {
    folders: ['decide', 'model'],
    globals: (
      'Date Date() Date.now Math Math.random setTimeout setInterval setImmediate queueMicrotask ' +
      'process.* performance.* crypto.* console.* navigator.* Temporal.*'
    )
      .split(' ')
      .concat('new Date()'),
    builtins: {
      'node:crypto': ['createHash', 'createHmac', 'hash', 'timingSafeEqual'],
      'node:perf_hooks': ['createHistogram'],
      'node:path/posix': ['*'],
      'node:path': ['posix'],
      'node:util': ['isDeepStrictEqual'],
      'node:net': ['isIP', 'isIPv4', 'isIPv6', 'BlockList'],
    },
    carriers: { 'base/clock.ts': ['systemClock'], 'base/ids.ts': ['randomText'] },
  },
  budgets: {
    lines: 300,
    relativeImports: 8,
    filesInFolder: 16,
    lists: [/^main\/[^/]+\.ts$/, /^operations\/catalogue\.ts$/, /^surfaces\/cli\/commands\.ts$/, /^proving\/security\/registry\.ts$/],
  },
};
