// What the daemon answers about audit, tokens, policies and approvals.
import type { AuditRecord, Effect, Grant, TokenKind } from '../../../model/principal.ts';

export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly effects: readonly Effect[];
  readonly kind: TokenKind;
  readonly roles: readonly Grant[];
  readonly limits?: Readonly<Record<string, unknown>>;
  readonly owner?: string;
  readonly created_at: string;
  readonly expires_at?: string;
  readonly last_used_at?: string;
  readonly revoked_at?: string;
  readonly replaced_by?: string;
}

export type AuditView = Omit<AuditRecord, 'at'> & { readonly at: string };

export interface PolicyView {
  readonly id: string;
  readonly origin: 'role' | 'house' | 'own';
  readonly effect: 'permit' | 'forbid';
  readonly because?: string;
  readonly text: string;
}

export interface DecisionView {
  readonly allowed: boolean;
  readonly principal: string;
  readonly reason: string;
  readonly approvals_needed?: number;
  readonly policies: readonly PolicyView[];
}

export interface ApprovalView {
  readonly plan_id: string;
  readonly kind: 'approved' | 'glass';
  readonly person: string;
  readonly principal: string;
  readonly at: string;
  readonly expires_at: string;
}

export interface TaintView {
  readonly principal: string;
  readonly run?: string;
  readonly since: string;
  readonly until: string;
  readonly read: readonly string[];
}
