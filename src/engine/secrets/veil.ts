// Hides secrets where the words of instances come in – output, and why one ended – before anything is kept or shown of them.
import { CodeError } from '../../base/errors.ts';
import type { Redactor } from '../../base/redactor.ts';
import type { ExitReason } from '../../model/instance.ts';
import type { ExecOutput, Instances, LogLine } from '../../ports/instances.ts';
import type { Runtime, TaskRuns } from '../../ports/runtime.ts';
import type { InstanceRecord } from '../../ports/store.ts';

/** The driver itself, but for what it tells. */
export function veiledDriver(driver: Instances, redactor: Redactor): Instances {
  const { logs, exec } = driver;
  return over(driver, {
    start: async (request, signal) => veiledRecord(await unveiled(driver.start(request, signal), redactor), redactor),
    inspect: async (records, signal) => (await driver.inspect(records, signal)).map((one) => veiledRecord(one, redactor)),
    ...(logs && { logs: (record, options, signal) => veiledLines(logs.call(driver, record, options, signal), redactor) }),
    ...(exec && { exec: (record, command, signal) => veiledOutput(exec.call(driver, record, command, signal), redactor) }),
  });
}

/** The same of a runtime that has no driver. */
export function veiledRuntime<R extends Runtime>(runtime: R, redactor: Redactor): R {
  const { logs, exec, tasks } = runtime;
  const veiled: Partial<Runtime> = {
    observe: async (scope, signal) => (await runtime.observe(scope, signal)).map((one) => veiledRecord(one, redactor)),
    ...(logs && { logs: (instance, options, signal) => veiledLines(logs.call(runtime, instance, options, signal), redactor) }),
    ...(exec && { exec: (instance, command, signal) => veiledOutput(exec.call(runtime, instance, command, signal), redactor) }),
  };
  return over(runtime, { ...veiled, ...(tasks && { tasks: veiledTasks(tasks, redactor) }) } as Partial<R>);
}

function veiledTasks(tasks: TaskRuns, redactor: Redactor): TaskRuns {
  return over(tasks, {
    start: async (run, signal) => veiledRecord(await unveiled(tasks.start(run, signal), redactor), redactor),
    inspect: async (id, signal) => {
      const seen = await tasks.inspect(id, signal);
      return seen && veiledRecord(seen, redactor);
    },
  });
}

/** An error in other words. */
export function veiledError(error: CodeError, redactor: Redactor): CodeError {
  const { code, hint, details, cause } = error;
  const message = redactor.hide(error.message);
  if (message === error.message && (hint === undefined || redactor.hide(hint) === hint)) return error;
  return new CodeError(code, message, { ...(hint !== undefined && { hint: redactor.hide(hint) }), details, cause });
}

/** Members of `other` come first; the rest is the thing itself, with its private parts. */
function over<T extends object>(thing: T, other: Partial<T>): T {
  return new Proxy(thing, {
    get: (target, key) => {
      if (Object.hasOwn(other, key)) return Reflect.get(other, key) as unknown;
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

async function unveiled<T>(work: Promise<T>, redactor: Redactor): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    if (thrown instanceof CodeError) throw veiledError(thrown, redactor);
    if (thrown instanceof Error) thrown.message = redactor.hide(thrown.message);
    throw thrown;
  }
}

function veiledRecord<I extends Pick<InstanceRecord, 'exit' | 'unreadyBecause'>>(record: I, redactor: Redactor): I {
  if (redactor.idle || (record.exit === undefined && record.unreadyBecause === undefined)) return record;
  const { exit, unreadyBecause } = record;
  return {
    ...record,
    ...(exit && { exit: veiledExit(exit, redactor) }),
    ...(unreadyBecause !== undefined && { unreadyBecause: redactor.hide(unreadyBecause) }),
  };
}

function veiledExit(exit: ExitReason, redactor: Redactor): ExitReason {
  const { because, how } = exit;
  return {
    ...exit,
    ...(because !== undefined && { because: redactor.hide(because) }),
    ...(how !== undefined && { how: redactor.hide(how) }),
  };
}

/** Drivers cut lines that are longer than 64 KiB, up to four bytes earlier so that no character is cut. */
const maybeCut = 64 * 1024 - 4;

/** A value may stand where a long line was cut: what could be its beginning is shown with what follows. */
async function* veiledLines(lines: AsyncIterable<LogLine>, redactor: Redactor): AsyncGenerator<LogLine> {
  const pieces = { out: redactor.pieces(), err: redactor.pieces() };
  const cut = new Map<LogLine['stream'], LogLine>();
  for await (const line of lines) {
    const { stream, text } = line;
    const goesOn = Buffer.byteLength(text) >= maybeCut;
    if (goesOn) cut.set(stream, line);
    else cut.delete(stream);
    const shown = pieces[stream].next(text) + (goesOn ? '' : pieces[stream].end());
    yield redactor.idle ? line : { ...line, text: shown.trimEnd() };
  }
  for (const [stream, line] of cut) {
    const text = pieces[stream].end();
    if (text !== '') yield { ...line, text };
  }
}

/** Each stream by itself: a value may come in two pieces. */
async function* veiledOutput(output: AsyncIterable<ExecOutput>, redactor: Redactor): AsyncGenerator<ExecOutput> {
  const pieces = { out: redactor.pieces(), err: redactor.pieces() };
  const rest = function* (): Generator<ExecOutput> {
    for (const stream of ['out', 'err'] as const) {
      const text = pieces[stream].end();
      if (text !== '') yield { kind: 'output', stream, text };
    }
  };
  for await (const item of output) {
    if (item.kind === 'exit') yield* rest();
    const text = item.kind === 'exit' ? '' : pieces[item.stream].next(item.text);
    if (item.kind === 'exit') yield item;
    else if (text !== '') yield { ...item, text };
  }
  yield* rest();
}
