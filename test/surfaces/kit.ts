// A dispatcher over a tiny catalogue, and an HTTP surface in front of it, for tests of surfaces.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Permission } from '../../src/access/policy/permission.ts';
import { CodeError } from '../../src/base/errors.ts';
import type { Effect, Principal } from '../../src/model/principal.ts';
import { Dispatcher, type DispatchOptions } from '../../src/operations/dispatch.ts';
import type { Operation } from '../../src/operations/operation.ts';
import { defineCall, defineStream } from '../../src/operations/operation.ts';
import type { HttpSurface, HttpSurfaceOptions } from '../../src/surfaces/http/surface.ts';
import { createHttpSurface } from '../../src/surfaces/http/surface.ts';

export const goodToken = 'code_good';
/** One that may write as well. */
export const writeToken = 'code_write';
const effectsOf: Readonly<Record<string, readonly Effect[]>> = { [goodToken]: ['read', 'plan'], [writeToken]: ['read', 'plan', 'write'] };

/** What happened inside the daemon, for assertions. */
export interface Witness {
  readonly received: number[];
  readonly applied: string[];
  readonly ended: string[];
  /** Stream items that the reader's pace let through. */
  produced: number;
}

export function tinyCatalogue(witness: Witness): readonly Operation[] {
  return [
    defineCall({
      name: 'things.show',
      summary: 'Shows a thing.',
      effect: 'read',
      input: z.strictObject({ name: z.string().max(20), limit: z.coerce.number().int().default(5).describe('How many') }),
      output: z.object({ name: z.string(), limit: z.int(), who: z.string() }),
      handler: async ({ name, limit }, { principal }) => {
        if (name === 'gone')
          throw new CodeError('release_unknown', 'There is no gone.', { hint: 'Look elsewhere.', details: { near: ['here'] } });
        if (name === 'broken') throw new Error('a defect');
        return { name, limit, who: principal.id };
      },
    }),
    defineCall({
      name: 'things.make',
      summary: 'Makes a thing.',
      effect: 'write',
      input: z.strictObject({ name: z.string() }),
      output: z.object({ made: z.string(), times: z.int() }),
      handler: async ({ name }) => {
        witness.applied.push(name);
        return { made: name, times: witness.applied.length };
      },
    }),
    defineCall({
      name: 'things.put',
      summary: 'Takes raw content.',
      effect: 'plan',
      body: 'binary',
      maxBody: 1_000_000,
      input: z.strictObject({ name: z.string() }),
      output: z.object({ bytes: z.int() }),
      handler: async (_, { body }) => {
        let bytes = 0;
        for await (const chunk of body ?? []) {
          bytes += chunk.length;
          witness.received.push(chunk.length);
        }
        return { bytes };
      },
    }),
    defineStream({
      name: 'observe.events',
      summary: 'Streams events.',
      effect: 'read',
      input: z.strictObject({
        after: z.coerce.number().int().default(-1),
        until: z.coerce.number().int().default(0).describe('Ends after it; 0: never'),
        payload: z.coerce.number().int().default(0),
      }),
      item: z.object({ sequence: z.int(), message: z.string() }),
      handler: async function* events({ after, until, payload }, { signal }) {
        try {
          const last = until === 0 ? Number.POSITIVE_INFINITY : until;
          for (let sequence = Math.max(0, after) + 1; sequence <= last; sequence += 1) {
            if (signal.aborted) return;
            witness.produced = sequence;
            yield { sequence, message: `event ${sequence}${'x'.repeat(payload)}` };
            if (payload === 0 && sequence >= 3 && until === 0)
              await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
          }
        } finally {
          witness.ended.push('events');
        }
      },
    }),
    defineStream({
      name: 'endpoints.watch',
      summary: 'Streams another sequence.',
      effect: 'read',
      input: z.strictObject({ after: z.coerce.number().int().default(-1) }),
      item: z.object({ sequence: z.int() }),
      handler: async function* watch({ after }) {
        yield { sequence: after + 1 };
      },
    }),
    defineStream({
      name: 'things.run',
      summary: 'Streams, then fails.',
      effect: 'destroy',
      input: z.strictObject({ lines: z.int() }),
      item: z.object({ line: z.int() }),
      handler: async function* run({ lines }) {
        for (let line = 1; line <= lines; line += 1) yield { line };
        throw new CodeError('instance_unknown', 'The instance went away.', { hint: 'Look at codectl status.' });
      },
    }),
  ];
}

export interface Served {
  readonly surface: HttpSurface;
  readonly witness: Witness;
  readonly catalogue: readonly Operation[];
  readonly url: string;
  readonly socket: string;
  readonly warnings: string[];
  stop(): Promise<void>;
}

/** A surface on a socket and on a free port of loopback. */
export async function serve(varied: Partial<HttpSurfaceOptions> = {}): Promise<Served> {
  const witness: Witness = { received: [], applied: [], ended: [], produced: 0 };
  const catalogue = tinyCatalogue(witness);
  const warnings: string[] = [];
  const note = (facts: Readonly<Record<string, unknown>>, message: string) => void warnings.push(`${message}: ${String(facts['error'])}`);
  const directory = await mkdtemp(join(tmpdir(), 'codectl-http-'));
  const socket = join(directory, 'daemon.sock');
  const surface = createHttpSurface({
    dispatcher: tinyDispatcher(catalogue),
    catalogue,
    log: { warn: note, error: note },
    version: '1.2.3',
    ...varied,
  });
  await surface.listenUnix(socket);
  const url = await surface.listenTcp('127.0.0.1', 0);
  const stop = async () => {
    await surface.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { surface, witness, catalogue, url, socket, warnings, stop };
}

const permit = async ({ id, effects }: Principal, { effect }: Pick<Operation, 'effect'>): Promise<Permission> =>
  effects.includes(effect) ? { allowed: true, policies: [] } : { allowed: false, policies: [], reason: `${id} may not ${effect}.` };

function tinyDispatcher(catalogue: readonly Operation[]): Dispatcher {
  const answers = new Map<string, Promise<unknown>>();
  const options = {
    catalogue,
    services: {
      tokens: {
        recognise: async (id: string) => (id === 't-good' ? { id: 'token:ci', kind: 'token', effects: effectsOf[goodToken] } : undefined),
        isLive: async (id: string) => id === 't-good',
        authenticate: async (token: string) => effectsOf[token] && { id: 'token:ci', kind: 'token', effects: effectsOf[token] },
      },
    },
    audit: { intent: async () => ({ call: 'c1' }), outcome: async () => undefined },
    idempotency: {
      run: ({ operation, key }: { operation: string; key: string }, run: () => Promise<unknown>) => {
        const known = answers.get(`${operation} ${key}`) ?? run();
        answers.set(`${operation} ${key}`, known);
        return known;
      },
    },
    authority: { conceivable: permit, permit },
    throttle: { take: () => undefined },
  };
  return new Dispatcher(options as unknown as DispatchOptions);
}
