// What a probe is given: one site of the application, what was found there, and ways to ask it – and nobody else.
import type { ProbeEvidence } from '../../model/proving/probe.ts';
import type { Callback } from '../../platform/attack/callback.ts';
import type { SlowClients } from '../../platform/attack/slow.ts';
import type { WireExchange } from '../../platform/attack/wire.ts';
import type { Seen } from './seen.ts';

export interface Wish {
  readonly method?: string;
  /** Within one of the site's mounts, percent-encoded where it has to be. */
  readonly path: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: { readonly type: string; readonly text: string };
}

/** A place of a site where a client's words go in. */
export interface Input {
  readonly method: string;
  readonly path: string;
  readonly place: 'query' | 'form' | 'json';
  /** Every name with an example of what one writes there. */
  readonly values: Readonly<Record<string, string>>;
}

/** One or several places that are filled in one request. */
export interface Injection {
  readonly names: readonly string[];
  /** `GET /search?q=` */
  readonly where: string;
  /** It is a part of the path itself. */
  readonly inPath?: true;
  send(value: (name: string) => string): Promise<Seen>;
}

export interface Raw {
  readonly pieces: readonly (string | Buffer)[];
  readonly answers?: number;
  readonly end?: boolean;
  readonly bodyless?: boolean;
}

export interface Ground {
  /** What this probe has found: it counts even where a later request has no answer. */
  readonly found: ProbeEvidence[];
  readonly site: SiteName;
  /** Answers to plain requests, as they were found; `GET` only. */
  readonly pages: readonly Seen[];
  readonly injections: readonly Injection[];
  readonly inputs: readonly Input[];
  readonly answersEverything: boolean;
  /** How an answer to a path that nobody has looks. */
  readonly missing: Seen | undefined;
  readonly callback: Callback | string;
  readonly signal: AbortSignal;
  /** How long an answer is waited for. */
  readonly patience: number;
  /** Errors: `Untried` when there is no answer that says anything. */
  ask(wish: Wish): Promise<Seen>;
  /** Exactly these bytes, whatever comes of it. */
  raw(raw: Raw): Promise<WireExchange>;
  readonly slow: (count: number, head: string) => Promise<SlowClients>;
  /** By the plain door too, where the site has TLS. */
  readonly plain: ((raw: Raw) => Promise<WireExchange>) | undefined;
  /** A handshake with this version only. */
  readonly handshake: (only: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') => Promise<WireExchange>;
  /** Secrets in a text, told without the secret. */
  readonly secrets: (text: string) => readonly { readonly line: number; readonly kind: string; readonly shown: string }[];
  /** A word that nobody else uses. */
  token(): string;
  /** A file of ours outside the application's directory, and what stands in it. */
  readonly canary: { readonly path: string; readonly text: string };
}

export interface SiteName {
  /** As the `Host` field says it. */
  readonly host: string;
  readonly tls: boolean;
  readonly mounts: readonly string[];
  /** `https://shop.localhost` */
  readonly name: string;
}
