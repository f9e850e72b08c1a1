// Settings of what is outside: repositories, channels to people, the web search. Secrets are in files or in the environment, never here.
import { z } from 'zod';
import { asCodeError } from '../../base/errors.ts';
import { watchSeverities } from '../../model/watch/watch.ts';
import { parseYaml } from '../../platform/guard/document/yaml.ts';
import { isLoopback } from '../../platform/loopback.ts';

const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected a name of lower-case letters, digits and "-"');
const file = z.string().regex(/^\/.+$/, 'expected an absolute path');
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'expected the name of an environment variable');
const path = z.string().regex(/^[\w.-]+(?:\/[\w.-]+)+$/, 'expected OWNER/NAME');
const part = z.string().regex(/^[\w .-]{1,200}$/, 'expected a name');
const address = z.string().regex(/^[^\s<>@,;:"\\]{1,64}@[\w.-]{1,253}$/, 'expected an address of mail');
const link = z
  .string()
  .refine((text) => URL.canParse(text) && isSafe(new URL(text)), 'expected https://…; http:// is for this machine only')
  .transform((text) => text.replace(/\/$/, ''));

/** Encrypted, or not on any wire; without a credential that would be shown. */
function isSafe({ protocol, hostname, username, password }: URL): boolean {
  return (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) && username + password === '';
}

const secret = { token_file: file.optional(), token_env: variable.optional() };
const concern = {
  name,
  application: name.optional().describe('Whoever may, there; absent: whoever may on the engine'),
  environment: name.optional(),
};
const triggers = z.array(z.string().min(1).max(200)).max(100).default([]).describe('Pipelines that may be started from here');

const repository = z.discriminatedUnion('kind', [
  z.strictObject({ ...concern, kind: z.literal('git'), directory: file }),
  z.strictObject({
    ...concern,
    kind: z.literal('github'),
    repository: path,
    url: link.default('https://api.github.com'),
    triggers,
    ...secret,
  }),
  z.strictObject({
    ...concern,
    kind: z.literal('gitlab'),
    project: path,
    url: link.default('https://gitlab.com/api/v4'),
    triggers,
    ...secret,
  }),
  z.strictObject({ ...concern, kind: z.literal('azure'), project: part, repository: part, url: link, triggers, ...secret }),
]);

const secretUrl = { url_file: file.optional(), url_env: variable.optional() };
const told = {
  ...concern,
  watch: z.enum(watchSeverities).optional().describe('What the runtime watch finds is told there, from this severity upwards; absent: not'),
};
const channel = z.discriminatedUnion('kind', [
  z.strictObject({ ...told, kind: z.enum(['slack', 'teams', 'webhook']), ...secretUrl }),
  z.strictObject({
    ...told,
    kind: z.literal('email'),
    host: z.string().regex(/^[\w.-]{1,253}$/, 'expected a host'),
    port: z.int().min(1).max(65_535).default(587),
    tls: z.enum(['always', 'starttls', 'never']).default('starttls'),
    ca_file: file.optional(),
    from: address,
    to: z.array(address).min(1).max(50),
    user: z.string().min(1).max(300).optional(),
    password_file: file.optional(),
    password_env: variable.optional(),
  }),
]);

const upstreamShape = z.strictObject({
  ...concern,
  url: link.optional(),
  command: z
    .array(z.string().min(1).max(4_000))
    .min(1)
    .max(100)
    .optional()
    .describe('Instead of url: a program and its words, which speaks over its standard input and output'),
  directory: file.optional().describe('Where that program runs; absent: /'),
  env_files: z.record(variable, file).optional().describe('Its environment: each variable with the file that holds its value'),
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'expected the digest that upstream.list tells')
    .optional(),
  ...secret,
});

const upstream = upstreamShape
  .refine(({ url, command }) => (url === undefined) !== (command === undefined), 'expected either url or command')
  .refine(
    ({ url, directory, env_files: files }) => url === undefined || (directory === undefined && files === undefined),
    'directory and env_files are for a command',
  )
  .refine(
    ({ command, token_file: file, token_env: variable }) => command === undefined || (file === undefined && variable === undefined),
    'a command gets its credentials by env_files',
  );

export type UpstreamSettings = z.infer<typeof upstream>;
export type RepositorySettings = z.infer<typeof repository>;
export type ChannelSettings = z.infer<typeof channel>;

const limits = { size: 256 * 1024, depth: 10, values: 20_000 };

/** In the file as a list; in the environment and in flags as the same list in one text, JSON or YAML. */
export function listed<T extends { readonly name: string }>(one: z.ZodType<T>, what: string) {
  return z.preprocess(
    (value, context) => {
      if (typeof value !== 'string') return value;
      try {
        return value.trim() === '' ? [] : parseYaml(value, limits);
      } catch (thrown) {
        context.addIssue({ code: 'custom', message: `expected a list of ${what}: ${asCodeError(thrown).message}` });
        return z.NEVER;
      }
    },
    z
      .array(one, `expected a list of ${what}`)
      .max(200)
      .refine((all) => new Set(all.map((each) => each.name)).size === all.length, `two ${what} have the same name`),
  );
}

export const outsideSettings = {
  repositories: listed(repository, 'repositories')
    .default([])
    .describe(
      'Where code comes from: repositories of git on this machine, GitHub, GitLab, Azure DevOps, and whose pipelines may be started',
    ),
  channels: listed(channel, 'channels')
    .default([])
    .describe(
      'Where people are told something: Slack, Microsoft Teams, mail, signed webhooks; with watch: warning, what the runtime watch finds is told there',
    ),
  upstreams: listed(upstream, 'upstreams')
    .default([])
    .describe('Other servers of MCP whose tools agents may use here, each pinned by the digest of what it says of its tools'),
  web_search_url: link.default('https://api.search.brave.com/res/v1/web/search').describe('What answers like the web search of Brave'),
  web_search_key_file: z
    .string()
    .regex(/^(?:\/.+)?$/, 'expected an absolute path')
    .default('')
    .describe('The file with its key; empty: there is no web search'),
};

export type OutsideSettings = { readonly [K in keyof typeof outsideSettings]: z.infer<(typeof outsideSettings)[K]> };

/** As it is shown to people, and read back: secrets are not among it, only where they are. */
export function showOutside({
  repositories,
  channels,
  upstreams,
  web_search_url,
  web_search_key_file,
}: OutsideSettings): Readonly<Record<string, string>> {
  const shown = (all: readonly unknown[]): string => (all.length === 0 ? '' : JSON.stringify(all));
  // What a program is told may be meant for it alone.
  const named = upstreams.map((one) =>
    one.command ? { ...one, command: [...one.command.slice(0, 1), ...one.command.slice(1).map(() => '…')] } : one,
  );
  return { repositories: shown(repositories), channels: shown(channels), upstreams: shown(named), web_search_url, web_search_key_file };
}
