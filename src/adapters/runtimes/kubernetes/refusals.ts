// What the API says when it refuses, and what a person can do about it.
import { CodeError, systemErrorCode } from '../../../base/errors.ts';
import { jsonIn } from '../../../base/json.ts';
import type { HttpRoute } from './shapes.ts';

/** The API answered, and refused: the `Status` object of its answer. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly status: number;
  /** Its own word, for example `AlreadyExists`, `Expired`, `Invalid`. */
  readonly reason: string;
  readonly said: string;
  /** Seconds after which it may be asked again, where it says that. */
  readonly retryAfter: number | undefined;

  /** `retryAfter`: as the header has it. */
  constructor(status: number, text: string, retryAfter = '') {
    const { reason, message } = statusIn(text);
    super(`the Kubernetes API answered ${status}: ${message}`);
    this.status = status;
    this.reason = reason;
    this.said = message;
    this.retryAfter = /^\d{1,4}$/.test(retryAfter) ? Number(retryAfter) : undefined;
  }
}

export function refusedWith(thrown: unknown, ...statuses: readonly number[]): thrown is ApiRefusal {
  return thrown instanceof ApiRefusal && statuses.includes(thrown.status);
}

/** What is refused as it is wanted, and will be again; not that the cluster does not answer, or does not know us. */
export function isFinal(thrown: unknown): thrown is CodeError {
  if (!(thrown instanceof CodeError)) return false;
  const { status } = thrown.details;
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 401 && status !== 429;
}

/** Of both it must be said that they are so (Gateway API): that a Gateway takes it, and that what it names is there. */
const demanded: ReadonlySet<string> = new Set(['Accepted', 'ResolvedRefs']);

/** Why an HTTPRoute as it stands now is not in force; `undefined`: it is, or nobody has looked at it yet. */
export function routeProblem({ metadata, status }: HttpRoute): string | undefined {
  const conditions = (status.parents ?? []).flatMap((one) => one.conditions ?? []);
  const wrong = conditions.find(
    ({ type, status: state, observedGeneration }) =>
      demanded.has(type) && state === 'False' && (observedGeneration ?? 0) >= (metadata.generation ?? 0),
  );
  return wrong && `${wrong.type} is False: ${[wrong.reason, wrong.message].filter((one) => one !== undefined).join(': ')}`;
}

export interface Place {
  /** The context's name. */
  readonly context: string;
  readonly server: string;
  readonly namespace: string;
}

/** A refusal as whoever deploys should read it; anything else stays what it is. */
export function explained(thrown: unknown, { context, server, namespace }: Place): unknown {
  if (!(thrown instanceof ApiRefusal)) return thrown;
  const { status, said } = thrown;
  const details = { status, server };
  if (status === 401)
    return new CodeError(
      'denied',
      `The Kubernetes API at ${server} does not accept the credentials of context ${context}: they are wrong or have expired.`,
      {
        hint: `Log in with your provider again, then try "kubectl --context ${context} auth whoami".`,
        details,
        cause: thrown,
      },
    );
  if (status === 403)
    return new CodeError('denied', `Context ${context} may not do this in the cluster: ${said}.`, {
      hint: `See what it may with "kubectl --context ${context} --namespace ${namespace} auth can-i --list", and have the rest granted (a RoleBinding).`,
      details,
      cause: thrown,
    });
  if (status === 404 && /namespaces? /.test(said))
    return new CodeError('runtime_unavailable', `The cluster of context ${context} has no namespace called ${namespace}.`, {
      hint: `Make it with "kubectl --context ${context} create namespace ${namespace}", or set kubernetes_namespace.`,
      details,
      cause: thrown,
    });
  if (status === 429 || status >= 500)
    return new CodeError('runtime_unavailable', `The Kubernetes API at ${server} cannot answer now (${status}): ${said}.`, {
      hint: `Nothing has to be done: it is asked again. Look at the cluster with "kubectl --context ${context} get --raw /readyz".`,
      details,
      cause: thrown,
    });
  return new CodeError('unsupported', `The Kubernetes API refused what ${context} was asked for (${status}): ${said}.`, {
    hint: 'Look at the objects with "codectl manifest render --runtime kubernetes", and at the policies of the cluster.',
    details,
    cause: thrown,
  });
}

const distrust: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export function unreachable(thrown: unknown, { context, server }: Place): CodeError {
  const code = systemErrorCode(thrown) ?? (thrown instanceof Error ? thrown.message : String(thrown));
  const details = { server, code };
  // Thrown before anybody was called: what stands in the kubeconfig is no PEM, or the key is another certificate's.
  if (/^ERR_OSSL_|^ERR_CRYPTO_/.test(code))
    return new CodeError('settings_invalid', `The certificates of context ${context} cannot be used (${code}).`, {
      hint: 'Look at certificate-authority, client-certificate and client-key with "kubectl config view --raw".',
      details,
      cause: thrown,
    });
  if (distrust.has(code))
    return new CodeError('runtime_unavailable', `The certificate of the Kubernetes API at ${server} is not to be trusted (${code}).`, {
      hint: `Correct certificate-authority in the kubeconfig (context ${context}), or have the certificate renewed.`,
      details,
      cause: thrown,
    });
  return new CodeError('runtime_unavailable', `No Kubernetes API answers at ${server} (${code}).`, {
    hint: `See whether the cluster runs: kubectl --context ${context} cluster-info. What it runs is taken up again by itself.`,
    details,
    cause: thrown,
  });
}

export function silent({ context, server }: Place): CodeError {
  return unreachable(new Error('it takes calls and does not answer'), { context, server, namespace: '' });
}

function statusIn(text: string): { readonly reason: string; readonly message: string } {
  const fallback = { reason: '', message: text.trim().slice(0, 500) || 'nothing more' };
  const value = jsonIn(text);
  if (typeof value !== 'object' || value === null) return fallback;
  const { reason, message } = value as Partial<Record<'reason' | 'message', unknown>>;
  return { reason: typeof reason === 'string' ? reason : '', message: typeof message === 'string' ? message : fallback.message };
}
