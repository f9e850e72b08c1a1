// What a runtime or driver tells passes the veil, whichever way it is told; all else is the thing itself.
import { describe, expect, it } from 'vitest';
import { CodeError } from '../../base/errors.ts';
import { Redactor } from '../../base/redactor.ts';
import type { Instance } from '../../model/instance.ts';
import type { ExecOutput, Instances } from '../../ports/instances.ts';
import type { Runtime, TaskRun } from '../../ports/runtime.ts';
import { veiledDriver, veiledRuntime } from './veil.ts';

const redactor = new Redactor();
redactor.know(['canary-value']);
const { signal } = new AbortController();
const instance: Instance = {
  id: 'api-1',
  replicaSet: 'shop/live/api@1',
  generation: 0,
  state: 'exited',
  ready: false,
  startedAt: 0,
  unreadyBecause: 'it said canary-value',
  exit: { requested: false, at: 0, because: 'no canary-value', how: 'by canary-value' },
};
const hidden = { unreadyBecause: 'it said [redacted]', exit: { because: 'no [redacted]', how: 'by [redacted]' } };
const refuses = async (): Promise<never> => {
  throw new CodeError('runtime_unavailable', 'canary-value was refused', { hint: 'not canary-value' });
};
const items = async function* <T>(...all: readonly T[]): AsyncGenerator<T> {
  yield* all;
};
async function collected<T>(of: AsyncIterable<T> | undefined): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of of ?? items<T>()) all.push(item);
  return all;
}

describe('the veil', () => {
  it('covers what a runtime says of instances and tasks, their lines and the output beside them', async () => {
    const output: readonly ExecOutput[] = [
      { kind: 'output', stream: 'out', text: 'a canary-' },
      { kind: 'output', stream: 'err', text: 'between' },
      { kind: 'output', stream: 'out', text: 'value b cana' },
      { kind: 'exit', code: 3 },
    ];
    class Real {
      readonly name = 'real';
      #private = 'kept';
      tasks = { start: refuses, inspect: async () => instance, stop: () => undefined, forget: async () => undefined };
      observe = async () => [instance];
      logs = () => items({ instance: 'api-1', stream: 'out' as const, text: 'x canary-value' });
      exec = () => items(...output);
      tidy(): Promise<void> {
        return Promise.resolve(this.#private === 'kept' ? undefined : Promise.reject(new Error('not itself')));
      }
    }
    const runtime = veiledRuntime(new Real() as unknown as Runtime, redactor);
    expect(runtime.name).toBe('real');
    await runtime.tidy?.([]);
    expect(await runtime.observe({ application: 'shop', environment: 'live' }, signal)).toMatchObject([hidden]);
    expect(await runtime.tasks?.inspect('t', signal)).toMatchObject(hidden);
    await expect(runtime.tasks?.start({} as TaskRun, signal)).rejects.toMatchObject({
      message: '[redacted] was refused',
      hint: 'not [redacted]',
    });
    expect((await collected(runtime.logs?.('api-1', { follow: false }, signal))).map(({ text }) => text)).toEqual(['x [redacted]']);
    const shown = await collected(runtime.exec?.('api-1', ['true'], signal));
    expect(shown.flatMap((one) => (one.kind === 'output' && one.stream === 'out' ? one.text : [])).join('')).toBe('a [redacted] b cana');
    expect(shown.at(-1)).toEqual({ kind: 'exit', code: 3 });
  });

  it('covers a value that stands where a long line was cut, and shows the rest of both pieces', async () => {
    const line = (stream: 'out' | 'err', text: string) => ({ instance: 'api-1', stream, text });
    const filled = (end: string) => 'x'.repeat(64 * 1024 - end.length) + end;
    const shown = async (...lines: readonly ReturnType<typeof line>[]) => {
      const driver = veiledDriver({ logs: () => items(...lines) } as unknown as Instances, redactor);
      const told = await collected(driver.logs?.({} as Parameters<Instances['inspect']>[0][number], { follow: false }, signal));
      return told.map(({ stream, text }) => `${stream} ${text.replace(/^x+/, '')}`);
    };
    expect(await shown(line('out', filled('canary-')), line('err', 'value'), line('out', 'value!'), line('out', 'value'))).toEqual([
      'out ',
      'err value',
      'out [redacted]!',
      'out value',
    ]);
    expect(await shown(line('out', filled('cana')))).toEqual(['out ', 'out cana']);
    expect(await shown(line('out', 'short cana'), line('out', 'ry-value'))).toEqual(['out short cana', 'out ry-value']);
  });

  it('covers what a driver says of a start and of those that ended', async () => {
    const driver = veiledDriver({ name: 'driver', start: refuses, inspect: async () => [instance] } as unknown as Instances, redactor);
    expect(await driver.inspect([], signal)).toMatchObject([hidden]);
    await expect(driver.start({} as Parameters<Instances['start']>[0], signal)).rejects.toMatchObject({
      message: '[redacted] was refused',
    });
    expect(driver.logs).toBeUndefined();
  });
});
