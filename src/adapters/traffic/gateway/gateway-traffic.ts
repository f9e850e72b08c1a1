// The plug for our own gateway: starts or adopts its processes, keeps them alive, and speaks to each over its control socket.
import { systemClock } from '../../../base/clock.ts';
import { CodeError, codeErrorIn } from '../../../base/errors.ts';
import type { Address } from '../../../model/instance.ts';
import type { RouteTable, TrafficObservation } from '../../../model/route.ts';
import { localRequest } from '../../../platform/local-socket.ts';
import type { Traffic } from '../../../ports/traffic.ts';
import type { GatewayCommand } from './fleet.ts';
import { GatewayFleet, unavailable } from './fleet.ts';
import type { GatewayKeeper } from './keeper.ts';
import { together } from './together.ts';
import { hearWaiting } from './waiting.ts';

export interface GatewayTraffic extends Traffic {
  /** Adopts the processes that run with this directory, starts those that are missing; then keeps them running. Returns where they listen. Errors: `port_taken`, `gateway_unavailable`. */
  start(signal: AbortSignal): Promise<Address>;
  /** Ends the processes in order (requests in flight finish) and no longer keeps them running. */
  stop(signal?: AbortSignal): Promise<void>;
  /** No longer watches; the gateway goes on. */
  detach(): void;
}

interface Question {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly body?: unknown;
}

interface Silent {
  readonly keeper: GatewayKeeper;
  readonly cause: unknown;
}

type Processes = readonly [GatewayKeeper, ...GatewayKeeper[]];

/** How long a call waits for a process that lives and does not answer, and for the first that lives again when none does. */
const patience = 5_000;
const look = 20;

export function createGatewayTraffic(command: GatewayCommand): GatewayTraffic {
  const fleet = new GatewayFleet(command);
  const { processes } = fleet;
  return {
    start: (signal) => fleet.start(signal),
    stop: (signal = new AbortController().signal) => fleet.stop(signal),
    detach: () => fleet.detach(),
    apply: async (table: RouteTable, signal) => {
      await askAll(processes, { method: 'PUT', path: `/table?processes=${processes.length}`, body: table }, signal);
    },
    observe: async (signal) => {
      const [first, ...others] = (await askAll(processes, { method: 'GET', path: '/observe' }, signal)) as TrafficObservation[];
      if (first === undefined) throw new CodeError('gateway_unavailable', 'The gateway does not run.');
      return together([first, ...others]);
    },
    onWaiting: (listener) => hearWaiting(processes, listener),
  };
}

/**
 * Answers of all processes that live; at least one. A process is left out only if it is gone after all others have answered: it cannot
 * serve by an older table then, because its next life begins with the newest that any of them has written down. One that lives and
 * does not answer may still send requests to an instance that is about to end, and fails the call. Asking again is safe: applying and
 * observing may be repeated.
 */
async function askAll(processes: Processes, question: Question, signal: AbortSignal): Promise<readonly unknown[]> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const answers = new Map<GatewayKeeper, unknown>();
  for (;;) {
    const silent = await askThose(
      processes.filter((one) => !answers.has(one)),
      question,
      answers,
      deadline,
    );
    signal.throwIfAborted();
    const living = await thatLive(silent);
    if (answers.size > 0 && living.length === 0) return [...answers.values()];
    const [worst] = [...living, ...silent];
    if (deadline.aborted && worst) throw unavailable(worst.keeper, worst.cause);
    await systemClock.sleep(look, deadline).catch(() => undefined);
  }
}

/** Adds to `answers`, and returns those that gave none. Errors: the gateway's own. */
async function askThose(
  keepers: readonly GatewayKeeper[],
  question: Question,
  answers: Map<GatewayKeeper, unknown>,
  signal: AbortSignal,
): Promise<readonly Silent[]> {
  const silent: Silent[] = [];
  const refused: CodeError[] = [];
  await Promise.all(
    keepers.map(async (keeper) => {
      try {
        answers.set(keeper, await ask(keeper, question, signal));
      } catch (cause) {
        if (cause instanceof CodeError) refused.push(cause);
        else silent.push({ keeper, cause });
      }
    }),
  );
  if (refused[0]) throw refused[0];
  return silent;
}

async function thatLive(silent: readonly Silent[]): Promise<readonly Silent[]> {
  const gone = await Promise.all(silent.map(({ keeper }) => keeper.isGone()));
  return silent.filter((_, at) => gone[at] === false);
}

/** Errors: the gateway's own as `CodeError`; anything else says that it did not answer. */
async function ask(keeper: GatewayKeeper, { method, path, body }: Question, signal: AbortSignal): Promise<unknown> {
  const { status, text } = await localRequest({ socketPath: await keeper.socketPath(), method, path, body, signal });
  const answer = JSON.parse(text) as unknown;
  if (status === 200) return answer;
  throw codeErrorIn(answer) ?? new CodeError('gateway_unavailable', `The gateway answered ${status} to ${method} ${path}.`);
}
