// Who we are to the API, for each request: tokens are read again before they expire, programs are asked again when theirs do.
import { z } from 'zod';
import type { Clock } from '../../../../base/clock.ts';
import { CodeError } from '../../../../base/errors.ts';
import { jsonIn } from '../../../../base/json.ts';
import { runPiped } from '../../../../platform/process/run.ts';
import type { Access } from './kubeconfig.ts';
import { read, textOf } from './source.ts';
import type { Credentials, ExecPlugin } from './user.ts';

/** What goes into a request, and whom we believe. */
export interface Proof {
  readonly headers: Readonly<Record<string, string>>;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

interface Kept {
  readonly proof: Proof;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Tokens and certificates are renewed in their files long before they expire. */
const fileLife = 60_000;
/** So long before its end a credential is no longer used. */
const margin = 10_000;
const pluginPatience = 60_000;
const maxOutput = 2 ** 20;

const execCredential = z.looseObject({
  apiVersion: z.string(),
  status: z.looseObject({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().optional(),
  }),
});

export class Identity {
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #lifetime: AbortSignal;
  #kept: Kept | undefined;
  #asking: Promise<Kept> | undefined;

  constructor(access: Access, clock: Clock, environment: Readonly<Record<string, string | undefined>>, lifetime: AbortSignal) {
    this.#lifetime = lifetime;
    this.#access = access;
    this.#clock = clock;
    this.#environment = environment;
  }

  /** Errors: `settings_invalid`, `denied` with what the plugin said. */
  async proof(): Promise<Proof> {
    if (this.#kept && this.#clock.now() < this.#kept.until) return this.#kept.proof;
    // Many requests at once ask one time.
    this.#asking ??= this.#obtain().finally(() => (this.#asking = undefined));
    this.#kept = await this.#asking;
    return this.#kept.proof;
  }

  /** The API refused what we showed. Whether there may be something else to show. */
  refused(): boolean {
    this.#kept = undefined;
    const { kind } = this.#access.credentials;
    return kind === 'exec' || kind === 'token_file' || this.#access.certificate?.cert.kind === 'file';
  }

  async #obtain(): Promise<Kept> {
    const { ca, certificate, credentials } = this.#access;
    const shown = await this.#show(credentials);
    const files = [ca, certificate?.cert, certificate?.key].some((one) => one?.kind === 'file');
    const proof = {
      ...(ca && { ca: read(ca) }),
      ...(certificate && { cert: read(certificate.cert), key: read(certificate.key) }),
      ...shown.proof,
    };
    return { proof, until: Math.min(shown.until, files ? this.#clock.now() + fileLife : shown.until) };
  }

  async #show(credentials: Credentials): Promise<Kept> {
    const always = Number.POSITIVE_INFINITY;
    switch (credentials.kind) {
      case 'none':
        return { proof: { headers: {} }, until: always };
      case 'token':
        return { proof: bearer(credentials.token), until: always };
      case 'token_file':
        return { proof: bearer(textOf(credentials.path).trim()), until: this.#clock.now() + fileLife };
      case 'password': {
        const pair = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
        return { proof: { headers: { authorization: `Basic ${pair}` } }, until: always };
      }
      case 'exec':
        return this.#ask(credentials.plugin);
    }
  }

  async #ask(plugin: ExecPlugin): Promise<Kept> {
    const { code, out, err } = await this.#run(plugin).catch((thrown: unknown) => {
      if (this.#lifetime.aborted) throw thrown;
      const why = thrown instanceof CodeError ? thrown.message.replace(/\.$/, '') : `it said nothing for ${pluginPatience / 1000} s`;
      throw this.#noCredentials(plugin, why, thrown);
    });
    const given = code === 0 ? givenIn(out) : undefined;
    if (given) return given;
    const said = code === 0 ? 'it printed no ExecCredential with a token or a certificate' : `it ended with ${code}: ${lastLine(err)}`;
    throw this.#noCredentials(plugin, said);
  }

  #noCredentials({ command, installHint }: ExecPlugin, why: string, cause?: unknown): CodeError {
    const { name } = this.#access;
    const hint = installHint ?? `Log in with your provider again, then try "kubectl --context ${name} version".`;
    return new CodeError('denied', `The credential plugin ${command} of context ${name} gave no credentials: ${why}.`, { hint, cause });
  }

  async #run(plugin: ExecPlugin): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    const { command, args, env, directory } = plugin;
    const inherited = Object.entries(this.#environment).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, value]],
    );
    const own = (env ?? []).map(({ name, value }): [string, string] => [name, value]);
    const environment = { ...Object.fromEntries([...inherited, ...own]), KUBERNETES_EXEC_INFO: JSON.stringify(this.#question(plugin)) };
    const said = { out: '', err: '' };
    // A path is from the file's directory, a plain name from the search path.
    const program = { command, args: args ?? [], cwd: directory, env: environment };
    for await (const part of runPiped(program, AbortSignal.any([this.#lifetime, AbortSignal.timeout(pluginPatience)]))) {
      if (part.kind === 'exit') return { code: part.code, ...said };
      if (said[part.stream].length < maxOutput) said[part.stream] += part.text;
    }
    return { code: 1, ...said };
  }

  #question({ apiVersion, provideClusterInfo }: ExecPlugin): unknown {
    const { server, ca, insecure } = this.#access;
    const cluster = {
      server: server.href,
      ...(ca && { 'certificate-authority-data': Buffer.from(read(ca)).toString('base64') }),
      ...(insecure && { 'insecure-skip-tls-verify': true }),
    };
    return { apiVersion, kind: 'ExecCredential', spec: { interactive: false, ...(provideClusterInfo && { cluster }) } };
  }
}

/** What an ExecCredential hands out; `undefined` where that is nothing. */
function givenIn(text: string): Kept | undefined {
  const status = execCredential.safeParse(jsonIn(text)).data?.status;
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp = '' } = status ?? {};
  const certificate = cert !== undefined && key !== undefined ? { cert, key } : undefined;
  if (token === undefined && !certificate) return undefined;
  const end = Date.parse(expirationTimestamp);
  const proof = { headers: token === undefined ? {} : bearer(token).headers, ...certificate };
  return { proof, until: Number.isNaN(end) ? Number.POSITIVE_INFINITY : end - margin };
}

function bearer(token: string): Proof {
  return { headers: { authorization: `Bearer ${token}` } };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) || 'it said nothing';
}
