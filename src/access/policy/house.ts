// The policies that every engine has, in Cedar: roles as templates, and what no role may lift. Nothing that is not permitted here or by a policy of one's own is allowed.
import type { Role } from '../../model/principal.ts';

/** Permits are linked to a principal, and where it was granted to, when that principal is asked about. */
export type TemplateName = Role | 'member' | 'contents' | 'may-read' | 'may-plan' | 'may-write' | 'may-destroy';

const operating = `permit (
  principal == ?principal,
  action in [Action::"read", Action::"plan", Action::"write", Action::"deployments.abort"],
  resource in ?resource
) unless { action in Action::"access" || action in Action::"governing" };`;

/** Effects that were granted each by itself, as tokens without roles have them. What governs others is not among them. */
const effect = (name: string) => `permit (
  principal == ?principal, action in Action::"${name}", resource
) unless { action in Action::"governing" };`;

export const templates: Readonly<Record<TemplateName, string>> = {
  viewer: `permit (
  principal == ?principal, action in Action::"read", resource in ?resource
) unless { action in Action::"access" };`,
  operator: operating,
  agent: operating,
  approver: `permit (
  principal == ?principal,
  action in [Action::"read", Action::"approvals.approve", Action::"approvals.withdraw", Action::"taint.lift"],
  resource in ?resource
) unless { action in Action::"access" };`,
  admin: 'permit (principal == ?principal, action, resource in ?resource);',
  auditor: 'permit (principal == ?principal, action in Action::"read", resource in ?resource);',
  member: 'permit (principal == ?principal, action in Action::"basic", resource);',
  contents: 'permit (principal == ?principal, action in Action::"contents", resource);',
  'may-read': effect('read'),
  'may-plan': effect('plan'),
  'may-write': effect('write'),
  'may-destroy': effect('destroy'),
};

/** Templates that a role brings besides the one of its name; they hold everywhere. */
export const besides: Readonly<Record<Role, readonly TemplateName[]>> = {
  viewer: ['member'],
  operator: ['member', 'contents'],
  agent: ['member'],
  approver: ['member'],
  admin: ['member', 'contents'],
  auditor: ['member'],
};

/** A policy of the house that is no template, with what a caller is told when it decides. */
export interface HousePolicy {
  readonly text: string;
  readonly because: string;
}

/** What follows from who asks for what, before anything is known of the change. */
export const standing: Readonly<Record<string, HousePolicy>> = {
  'people-only': {
    text: 'forbid (principal is Agent, action in Action::"people", resource);',
    because: 'it is for people, not for agents',
  },
  'people-govern': {
    text: 'forbid (principal, action in Action::"governing", resource) unless { principal is User || principal is Person || principal is Token };',
    because: 'approvals and policies are for people with credentials of their own',
  },
  'agents-need-limits': {
    text: `forbid (principal is Agent, action in [Action::"write", Action::"destroy"], resource)
unless { principal.limits has replicas && principal.limits has services && principal.limits has environments };`,
    because: 'an agent changes something only within limits of replicas, services and environments, and it has not all of them',
  },
};

const changing = 'principal, action in [Action::"write", Action::"destroy"], resource';

/** What follows from the change itself. */
export const guards: Readonly<Record<string, HousePolicy>> = {
  'limit-replicas': {
    text: `forbid (${changing})
when { principal.limits has replicas && context has replicas && context.replicas > principal.limits.replicas };`,
    because: 'it would give a service more replicas than the limit of its caller',
  },
  'limit-services': {
    text: `forbid (${changing})
when { principal.limits has services && context has services && context.services > principal.limits.services };`,
    because: 'it would touch more services than the limit of its caller',
  },
  'limit-environments': {
    text: `forbid (${changing})
when { principal.limits has environments }
unless { resource is Environment && principal.limits.environments.contains(resource.name) };`,
    because: 'it is outside the environments of its caller',
  },
  'limit-rollbacks': {
    text: `forbid (${changing})
when { principal.limits has rollbacks && context.back && context.rollbacks >= principal.limits.rollbacks };`,
    because: 'its caller has gone back as often in the last hour as its limit allows',
  },
  frozen: {
    text: `forbid (${changing})
when { context.frozen }
unless { action in [Action::"deployments.abort", Action::"reporting"] };`,
    because: 'its caller may change nothing at this time',
  },
  tainted: {
    text: `forbid (${changing})
when { context.tainted }
unless { action in [Action::"change.apply", Action::"deployments.abort", Action::"contents", Action::"basic", Action::"reporting"] };`,
    because: 'its caller has read what programs or strangers wrote, so a person decides first',
  },
  'tainted-approval': {
    text: `forbid (principal, action == Action::"change.apply", resource)
when { context.tainted && context.approvals < context.required + 1 };`,
    because: 'its caller has read what programs or strangers wrote, so it takes the approval of one person more',
  },
  'approval-required': {
    text: `forbid (principal, action in [Action::"change.apply", Action::"trials.begin"], resource)
when { context.approvals < context.required };`,
    because: 'the environment asks for the approval of somebody else',
  },
};
