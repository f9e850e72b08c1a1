// Answers of login.* and sessions.*, as the CLI reads them.

export interface SessionView {
  readonly id: string;
  readonly principal: string;
  readonly provider: string;
  readonly groups: readonly string[];
  readonly way: 'device' | 'browser';
  readonly last_used_at: string;
  readonly expires_at: string;
  readonly ended_at?: string;
  readonly ended_by?: string;
  readonly ended_because?: 'left' | 'revoked';
}

interface OpenedView {
  readonly secret: string;
  readonly session: string;
  readonly principal: string;
  readonly expires_at: string;
}

export interface DeviceView {
  readonly login: string;
  readonly user_code: string;
  readonly verify_at: string;
  readonly verify_at_with_code?: string;
  readonly expires_at: string;
  readonly wait_ms: number;
}

export interface IdentityAnswers {
  readonly 'login.browser': { readonly login: string; readonly url: string };
  readonly 'login.device': DeviceView;
  readonly 'login.finish': OpenedView;
  readonly 'login.poll': { readonly done: boolean; readonly wait_ms?: number } & Partial<OpenedView>;
  readonly 'login.providers': { readonly providers: readonly string[] };
  readonly 'sessions.end': object;
  readonly 'sessions.list': { readonly sessions: readonly (SessionView & { readonly live: boolean })[] };
  readonly 'sessions.revoke': {
    readonly sessions: readonly SessionView[];
    readonly tokens: readonly string[];
    readonly forgotten: boolean;
  };
}

export const identityMethods = {
  'login.browser': 'POST',
  'login.device': 'POST',
  'login.finish': 'POST',
  'login.poll': 'POST',
  'login.providers': 'GET',
  'sessions.end': 'POST',
  'sessions.list': 'GET',
  'sessions.revoke': 'POST',
} as const;
