// What one connection or request needs from the gateway around it, and the gateway's own limits.
import type { Socket } from 'node:net';
import type { Bytes, Duration } from '../../base/units.ts';
import type { RetryBudget } from '../routing/budget.ts';
import type { Service } from '../routing/service.ts';
import type { Tunnel } from './tunnel.ts';

export interface GatewayLimits {
  /** From the first byte of a request head (or from accepting the connection) to its end. */
  readonly headTimeout: Duration;
  /** How long a client's connection may wait between two requests. */
  readonly keepAlive: Duration;
  /** Largest request head; above it 431. */
  readonly maxHead: Bytes;
  /** Client connections of one process at one time; above it the longest idle make room, else 503 and close. */
  readonly maxConnections: number;
  /** Of these from one address: it leaves room for others, and suffices for a proxy in front that brings all of them. */
  readonly maxPerAddress: number;
  /** Addresses of services that it listens at beside its own: each is a socket in each process. */
  readonly maxDoors: number;
}

export const defaultLimits: GatewayLimits = {
  headTimeout: 10_000,
  keepAlive: 60_000,
  maxHead: 16 * 1024,
  // An idle one weighs about 5 KiB.
  maxConnections: 16_384,
  maxPerAddress: 12_288,
  maxDoors: 4_096,
};

/** A request that waits for a better table. */
export interface Waiter {
  /** A new table is in force. */
  reconsider(): void;
}

export interface Plane {
  readonly limits: GatewayLimits;
  /** The gateway is stopping: every answer is the last on its connection. */
  readonly closing: boolean;
  /** How many processes serve as this gateway: each enforces its part of what is limited for all. */
  readonly processes: number;
  readonly budget: RetryBudget;
  /** Where requests are taken over TLS as well. */
  readonly secure: SecureSide | undefined;
  readonly waiting: Set<Waiter>;
  /** `caller` is the client's address, '' for a request that a proxy brought. */
  find(host: string, path: string, caller: string): Service | undefined;
  nextRequestId(): string;
}

/** What requests are told because there is TLS. */
export interface SecureSide {
  /** Those without it; `undefined`: nothing, they go their way. */
  answer(host: string, path: string): Refusal | undefined;
  /** Whether browsers that come by TLS are told to keep to it at this host. */
  isStrict(host: string): boolean;
}

/** An answer that the gateway gives by itself. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  /** Where to ask instead. */
  readonly location?: string | undefined;
  /** In place of the message, byte by byte. */
  readonly content?: string | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

/** The client's connection, as the request that is being served sees it. */
export interface ClientSide {
  readonly socket: Socket;
  /** The client's IP address. */
  readonly address: string;
  /** Over TLS. */
  readonly secure: boolean;
  /** The answer tells browsers to come by TLS only; never without TLS, where whoever is in between could say it as well. */
  readonly strict: boolean;
  /** Whether another request may follow on this connection. */
  readonly keepAlive: boolean;
  /** The next deadline, from `now`, which is asked for where the caller does not know it. */
  expectWithin(ms: Duration, now?: number): void;
  /** X-Forwarded-* and Forwarded lines for a request to `host`. */
  forwardedFor(host: string): string;
  /** The answer was written whole; `keep` false: nothing may follow it. */
  answered(keep: boolean, now?: number): void;
  /** Ends the request with the gateway's own answer. */
  refuse(refusal: Refusal): void;
  /** An answer was begun and cannot be completed: the client must see that it is broken. */
  breakOff(): void;
  becomeTunnel(tunnel: Tunnel): void;
}
