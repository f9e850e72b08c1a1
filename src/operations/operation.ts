// What an operation is: one thing that can be asked of the product, described once for every surface.
import type { z } from 'zod';
import type { Facts, Place } from '../access/policy/question.ts';
import type { Bytes } from '../base/units.ts';
import type { Effect, Principal } from '../model/principal.ts';
import type { Services } from './services.ts';

/** What a handler is given besides its input. */
export interface OperationContext {
  readonly principal: Principal;
  readonly services: Services;
  readonly signal: AbortSignal;
  /** The request's raw content, for operations whose `body` is `binary`. */
  readonly body?: AsyncIterable<Uint8Array>;
}

/** What a call is about, as far as leave to make it depends on that. */
export interface About {
  readonly place: Place;
  readonly facts?: Facts;
}

/** Operations, each of which takes an `id`. */
export interface Begins {
  /** Tells how it fares; its answer has an `outcome` or a `verdict` once it has ended. */
  readonly told: `${string}.${string}`;
  /** Ends it before its time. */
  readonly ended: `${string}.${string}`;
  /** What that takes besides the `id`. */
  readonly endedWith?: Readonly<Record<string, unknown>>;
}

interface Described<Input extends z.ZodType> {
  /** `group.verb`, snake case; the URL, the tool name and the audit use it. */
  readonly name: `${string}.${string}`;
  /** At most two sentences; shown as help, as the OpenAPI summary and to agents. */
  readonly summary: string;
  readonly effect: Effect;
  readonly input: Input;
  /** `json`: a read whose input is too much for a query, and which is therefore asked by POST. */
  readonly body?: 'binary' | 'json';
  /** The largest content of a request; absent: the surface's own limit. */
  readonly maxBody?: Bytes;
  /** What the audit keeps of the input, where the whole of it is too much or confidential. */
  readonly audited?: (input: z.infer<Input>) => Readonly<Record<string, unknown>>;
  /** What stands for the input where repeats are recognised by a digest that is kept: of a confidential input that digest would give it away. */
  readonly fingerprint?: (input: z.infer<Input>) => Readonly<Record<string, unknown>>;
  /** The answer holds a secret: a repeat with the same idempotency key is told so instead of being shown it again. */
  readonly confidential?: boolean;
  /**
   * What a call with that input is about. Absent: the application and environment that the input names, or else the engine.
   * An input that leads there by an id must say so here, or somebody could reach by it what is not his.
   */
  readonly about?: (input: z.infer<Input>, services: Services) => Promise<About>;
  /** Anybody may call it, known or not, and no policy is asked: only how somebody becomes known. What comes of it is audited where that is known. */
  readonly open?: boolean;
  /** Not exposed to agents, whatever their permissions. */
  readonly humansOnly?: boolean;
  /** Members of its answer, at any depth, that hold what programs printed or strangers wrote; `last_log` always does. */
  readonly untrusted?: readonly string[];
  /** It leaves this machine for others that nobody here answers for. */
  readonly openWorld?: boolean;
  /** Users of what is deployed may feel it at once, though it can be taken back: hosts of agents ask a person first. */
  readonly disruptive?: boolean;
  /** What it begins, with the `id` of its answer, goes on after it has answered. */
  readonly begins?: Begins;
  /** It tells of something that lasts and is carried on elsewhere: nobody waits here for its end, but it can be asked for. */
  readonly lasts?: Begins;
}

export interface CallOperation<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> extends Described<Input> {
  readonly kind: 'call';
  readonly output: Output;
  readonly handler: (input: z.infer<Input>, context: OperationContext) => Promise<z.infer<Output>>;
}

/** Answers with a sequence of items that may not end by itself. */
export interface StreamOperation<Input extends z.ZodType = z.ZodType, Item extends z.ZodType = z.ZodType> extends Described<Input> {
  readonly kind: 'stream';
  readonly item: Item;
  readonly handler: (input: z.infer<Input>, context: OperationContext) => AsyncIterable<z.infer<Item>>;
}

export type Operation = CallOperation | StreamOperation;

/** Reads are safe and go by GET with a query, where it holds their input; all else by POST. */
export function methodOf({ effect, body }: Pick<Operation, 'effect' | 'body'>): 'GET' | 'POST' {
  return effect === 'read' && body !== 'json' ? 'GET' : 'POST';
}

/** Keeps the link between schemas and handler while the operation is written; the catalogue forgets it. */
export function defineCall<Input extends z.ZodType, Output extends z.ZodType>(
  operation: Omit<CallOperation<Input, Output>, 'kind'>,
): Operation {
  return { ...operation, kind: 'call' } as unknown as CallOperation;
}

export function defineStream<Input extends z.ZodType, Item extends z.ZodType>(
  operation: Omit<StreamOperation<Input, Item>, 'kind'>,
): Operation {
  return { ...operation, kind: 'stream' } as unknown as StreamOperation;
}
