// The daemon's operations as the CLI calls them: names, methods and answers. A test holds this table to the catalogue.
import type { z } from 'zod';
import type { VerdictWord } from '../../model/measurement.ts';
import type { taskView } from '../../operations/groups/jobs.ts';
import type { secretView } from '../../operations/groups/secrets.ts';
import type {
  deploymentView,
  environmentView,
  eventView,
  judgementView,
  lockView,
  planView,
  scalePauseView,
  scaleView,
} from '../../operations/schemas.ts';
import type { ApiClient, ApiRequest, Endpoint } from '../../platform/http/client.ts';
import { createApiClient } from '../../platform/http/client.ts';
import type { ApprovalView, AuditView, DecisionView, PolicyView, TaintView, TokenView } from './access/views.ts';
import type { IdentityAnswers } from './identity/views.ts';
import { identityMethods } from './identity/views.ts';
import type { IncidentAnswers } from './incident/answers.ts';
import { incidentMethods } from './incident/answers.ts';
import type { TrialAnswers } from './prove/answers.ts';
import { trialMethods } from './prove/answers.ts';
import type { SecurityAnswers } from './security/answers.ts';
import { securityMethods } from './security/answers.ts';

export type TrialView = TrialAnswers['trials.get'];
export type PlanView = z.infer<typeof planView>;
export type DeploymentView = z.infer<typeof deploymentView>;
export interface JudgementsView {
  readonly verdict: VerdictWord;
  readonly services: readonly z.infer<typeof judgementView>[];
}
export type EnvironmentView = z.infer<typeof environmentView>;
export type LockView = z.infer<typeof lockView>;
export type SecretView = z.infer<typeof secretView>;
export type TaskView = z.infer<typeof taskView>;
export type EventView = z.infer<typeof eventView>;

export type ScaleView = z.infer<typeof scaleView>;
export type ScalePauseView = z.infer<typeof scalePauseView>;

export interface RouteView {
  readonly host: string;
  readonly path: string;
  readonly service: string;
  readonly tls?: { readonly certificate: string; readonly redirect: boolean; readonly not_after?: string; readonly problem?: string };
  readonly releases: readonly {
    readonly release: string;
    readonly share: number;
    readonly instances: readonly string[];
    readonly requests: number;
    readonly failures: number;
  }[];
}

export interface EndpointView {
  readonly application: string;
  readonly environment: string;
  readonly service: string;
  readonly release: string;
  readonly instance: string;
  readonly host: string;
  readonly port: number;
  readonly share: number;
}

export interface EndpointChangeView {
  readonly sequence: number;
  readonly kind: 'all' | 'added' | 'changed' | 'removed';
  readonly endpoint?: EndpointView;
  readonly endpoints?: readonly EndpointView[];
}

export type ReachedView = Pick<EndpointView, 'application' | 'environment' | 'service'> & { readonly name: string; readonly url: string };

export interface FindingView {
  readonly subject: string;
  readonly state: 'ok' | 'limited' | 'missing';
  readonly message: string;
  readonly hint?: string;
}

export type ExecItem =
  | { readonly kind: 'output'; readonly stream: 'out' | 'err'; readonly text: string }
  /** `because`: of a task that did not end by its own exit code. */
  | { readonly kind: 'exit'; readonly code: number; readonly because?: string };

/** Answers of operations that answer once. */
interface Answers extends IdentityAnswers, IncidentAnswers, SecurityAnswers, TrialAnswers {
  readonly 'apps.status': { readonly environments: readonly EnvironmentView[] };
  readonly 'approvals.approve': ApprovalView;
  readonly 'approvals.break_glass': ApprovalView;
  readonly 'approvals.list': { readonly approvals: readonly ApprovalView[] };
  readonly 'approvals.withdraw': { readonly withdrawn: boolean };
  readonly 'artifacts.missing': { readonly missing: readonly string[] };
  readonly 'artifacts.put_blob': object;
  readonly 'artifacts.put_tree': { readonly digest: string };
  readonly 'audit.checkpoint': object;
  readonly 'audit.key': { readonly id: string; readonly public_key: string };
  readonly 'audit.show': { readonly records: readonly AuditView[] };
  readonly 'audit.verify': { readonly ok: boolean; readonly count: number; readonly sequence?: number; readonly problem?: string };
  readonly 'change.apply': DeploymentView;
  readonly 'change.plan': PlanView;
  readonly 'change.remove_plan': PlanView;
  readonly 'change.restart_plan': PlanView;
  readonly 'change.retry_plan': PlanView;
  readonly 'change.rollback_plan': PlanView;
  readonly 'change.scale_plan': PlanView;
  readonly 'change.show': PlanView;
  readonly 'deployments.abort': DeploymentView;
  readonly 'deployments.get': DeploymentView;
  readonly 'deployments.pause': DeploymentView;
  readonly 'deployments.judge': JudgementsView;
  readonly 'deployments.promote': DeploymentView;
  readonly 'deployments.resume': DeploymentView;
  readonly 'deployments.list': { readonly deployments: readonly DeploymentView[] };
  readonly 'endpoints.list': { readonly services: readonly ReachedView[]; readonly endpoints: readonly EndpointView[] };
  readonly 'jobs.cancel': TaskView;
  readonly 'jobs.key': { readonly key: string };
  readonly 'jobs.list': { readonly tasks: readonly TaskView[] };
  readonly 'jobs.run': TaskView;
  readonly 'jobs.show': TaskView;
  readonly 'lock.acquire': LockView;
  readonly 'lock.release': { readonly released?: LockView };
  readonly 'policy.decide': DecisionView;
  readonly 'policy.list': { readonly policies: readonly PolicyView[]; readonly text: string; readonly revision: number };
  readonly 'policy.schema': { readonly schema: string };
  readonly 'policy.set': { readonly count: number };
  readonly 'scale.pause': { readonly service: string; readonly pause: ScalePauseView };
  readonly 'scale.resume': { readonly service: string; readonly was_paused: boolean };
  readonly 'scale.status': { readonly services: readonly ScaleView[] };
  readonly 'secrets.list': { readonly secrets: readonly SecretView[] };
  readonly 'secrets.remove': Omit<SecretView, 'used_by'>;
  readonly 'secrets.rotate': { readonly from?: string; readonly to: string; readonly rewrapped: number };
  readonly 'secrets.set': SecretView & { readonly warnings: readonly string[] };
  readonly 'system.doctor': { readonly findings: readonly FindingView[] };
  readonly 'system.info': { readonly version: string; readonly principal: string } & Readonly<
    Record<'effects' | 'roles', readonly string[]>
  >;
  readonly 'system.settings': { readonly settings: Readonly<Record<string, unknown>> };
  readonly 'system.stop': object;
  readonly 'taint.lift': { readonly taints: readonly TaintView[] };
  readonly 'taint.list': { readonly taints: readonly TaintView[] };
  readonly 'tokens.certify': Readonly<Record<'id' | 'name' | 'certificate' | 'authority' | 'expires_at', string>>;
  readonly 'tokens.create': TokenView & { readonly secret: string };
  readonly 'tokens.list': { readonly tokens: readonly TokenView[] };
  readonly 'tokens.revoke': TokenView;
  readonly 'tokens.rotate': TokenView & { readonly secret: string };
  readonly 'traffic.pause': { readonly service: string; readonly live: boolean };
  readonly 'traffic.resume': { readonly service: string; readonly was_paused: boolean };
  readonly 'traffic.routes': {
    readonly listening: string;
    readonly secure?: string;
    readonly version: number;
    readonly routes: readonly RouteView[];
  };
}

/** Items of operations that answer with a sequence. */
interface Items {
  readonly 'audit.export': Readonly<Record<string, unknown>>;
  readonly 'endpoints.watch': EndpointChangeView;
  readonly 'jobs.command': ExecItem | { readonly kind: 'task'; readonly task: TaskView };
  readonly 'jobs.logs': ExecItem;
  readonly 'observe.events': EventView;
  readonly 'observe.logs': { readonly instance: string; readonly stream: 'out' | 'err'; readonly text: string };
  readonly 'runtime.exec': ExecItem;
}

export const methods: Readonly<Record<keyof Answers | keyof Items, ApiRequest['method']>> = {
  ...identityMethods,
  ...incidentMethods,
  ...trialMethods,
  'apps.status': 'GET',
  'approvals.approve': 'POST',
  'approvals.break_glass': 'POST',
  'approvals.list': 'GET',
  'approvals.withdraw': 'POST',
  'artifacts.missing': 'POST',
  'artifacts.put_blob': 'POST',
  'artifacts.put_tree': 'POST',
  'audit.checkpoint': 'GET',
  'audit.export': 'GET',
  'audit.key': 'GET',
  'audit.show': 'GET',
  'audit.verify': 'GET',
  'change.apply': 'POST',
  'change.plan': 'POST',
  'change.remove_plan': 'POST',
  'change.restart_plan': 'POST',
  'change.retry_plan': 'POST',
  'change.rollback_plan': 'POST',
  'change.scale_plan': 'POST',
  'change.show': 'GET',
  'deployments.abort': 'POST',
  'deployments.get': 'GET',
  'deployments.list': 'GET',
  'deployments.pause': 'POST',
  'deployments.judge': 'GET',
  'deployments.promote': 'POST',
  'deployments.resume': 'POST',
  'endpoints.list': 'GET',
  'endpoints.watch': 'GET',
  'jobs.cancel': 'POST',
  'jobs.command': 'POST',
  'jobs.key': 'POST',
  'jobs.list': 'GET',
  'jobs.logs': 'GET',
  'jobs.run': 'POST',
  'jobs.show': 'GET',
  'lock.acquire': 'POST',
  'lock.release': 'POST',
  'observe.events': 'GET',
  'observe.logs': 'GET',
  'policy.decide': 'POST',
  'policy.list': 'GET',
  'policy.schema': 'GET',
  'policy.set': 'POST',
  'runtime.exec': 'POST',
  'scale.pause': 'POST',
  'scale.resume': 'POST',
  'scale.status': 'GET',
  ...securityMethods,
  'secrets.list': 'GET',
  'secrets.remove': 'POST',
  'secrets.rotate': 'POST',
  'secrets.set': 'POST',
  'system.doctor': 'GET',
  'system.info': 'GET',
  'system.settings': 'GET',
  'system.stop': 'POST',
  'taint.lift': 'POST',
  'taint.list': 'GET',
  'tokens.certify': 'POST',
  'tokens.create': 'POST',
  'tokens.list': 'GET',
  'tokens.revoke': 'POST',
  'tokens.rotate': 'POST',
  'traffic.pause': 'POST',
  'traffic.resume': 'POST',
  'traffic.routes': 'GET',
};

/** Members that are `undefined` are left out. */
export type Input = Readonly<Record<string, unknown>>;

export interface Api {
  call<Name extends keyof Answers>(name: Name, input?: Input, idempotencyKey?: string): Promise<Answers[Name]>;
  stream<Name extends keyof Items>(name: Name, input: Input): AsyncGenerator<Items[Name]>;
  upload(digest: string, content: AsyncIterable<Uint8Array>): Promise<void>;
  close(): void;
}

/** The daemon checked what it sends against its own schemas and has our version: answers are taken at their word. */
export function createApi(endpoint: Endpoint, signal: AbortSignal): Api {
  const client: ApiClient = createApiClient(endpoint);
  const request = (name: keyof typeof methods, input: Input): ApiRequest => ({
    method: methods[name],
    path: `/v1/${name}`,
    signal,
    ...(methods[name] === 'GET' ? { query: input as ApiRequest['query'] } : { json: input }),
  });
  return {
    call: async (name, input = {}, idempotencyKey) => (await client.json({ ...request(name, input), idempotencyKey })) as never,
    stream: (name, input) => client.lines(request(name, input)) as AsyncGenerator<never>,
    upload: async (digest, content) => {
      await client.json({ method: 'POST', path: '/v1/artifacts.put_blob', query: { digest }, content, signal });
    },
    close: () => client.close(),
  };
}
