// Runs a command inside a living container: streams as messages of one WebSocket, each with the number of its channel before it.
import { z } from 'zod';
import { CodeError } from '../../../../base/errors.ts';
import type { ExecOutput } from '../../../../ports/instances.ts';
import type { KubeClient } from '../client.ts';
import { containerName, pathOf } from '../object.ts';
import { explained, refusedWith } from '../refusals.ts';
import { voiceOf } from './logs.ts';

/** Without input and without a terminal both say the same; clusters before 1.30 know the second only. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const statusChannel = 3;

/** A cause of the kind `ExitCode` holds that, as text. */
const end = z.looseObject({
  status: z.string(),
  message: z.string().optional(),
  reason: z.string().optional(),
  details: z
    .looseObject({ causes: z.array(z.looseObject({ reason: z.string().optional(), message: z.string().optional() })).optional() })
    .nullish(),
});

/** Ends with the command's exit code; aborting leaves it to itself. Errors: `usage`, `instance_unknown` (it does not run), `source_missing`, `denied`. */
export async function* execIn(
  client: KubeClient,
  instance: string,
  command: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<ExecOutput> {
  if (command.length === 0)
    throw new CodeError('usage', 'There is no command to run.', { hint: 'Add one: codectl exec SERVICE -- COMMAND ARGUMENT…' });
  const decoders = newDecoders();
  const { messages } = await opened(client, instance, command, signal);
  try {
    for await (const message of messages) {
      if (message[0] === statusChannel) return yield { kind: 'exit', code: exitCodeIn(message.subarray(1).toString(), instance, command) };
      yield* output(message, decoders);
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw client.told(thrown);
  }
  throw new CodeError('runtime_unavailable', `The cluster ended the connection to ${instance} before it told how the command ended.`, {
    hint: 'The command may run on; try it again, or look at the instance with "codectl status".',
  });
}

const newDecoders = () => ({ out: new TextDecoder(), err: new TextDecoder() });

function* output(message: Buffer, decoders: ReturnType<typeof newDecoders>): Generator<ExecOutput> {
  const stream = message[0] === 1 ? 'out' : message[0] === 2 ? 'err' : undefined;
  const text = stream && decoders[stream].decode(message.subarray(1), { stream: true });
  if (stream && text) yield { kind: 'output', stream, text };
}

async function opened(client: KubeClient, instance: string, command: readonly string[], signal: AbortSignal) {
  const words = command.map((word): [string, string] => ['command', word]);
  const query = new URLSearchParams([...words, ['container', containerName], ['stdout', 'true'], ['stderr', 'true']]);
  const path = `${pathOf('Pod', client.place.namespace, voiceOf(instance).pod)}/exec?${query.toString()}`;
  try {
    return await client.socket(path, protocols, signal);
  } catch (thrown) {
    if (!refusedWith(thrown, 400, 404, 500)) throw explained(thrown, client.place);
    throw new CodeError('instance_unknown', `${instance} does not run: ${thrown.said}.`, {
      hint: 'List what runs: codectl status.',
      details: { instance },
      cause: thrown,
    });
  }
}

function exitCodeIn(text: string, instance: string, command: readonly string[]): number {
  const { status, message = 'it does not say why', details } = end.parse(JSON.parse(text));
  if (status === 'Success') return 0;
  const code = details?.causes?.find((one) => one.reason === 'ExitCode')?.message;
  if (code !== undefined) return Number(code);
  throw new CodeError('source_missing', `"${command[0] ?? ''}" could not be started in ${instance}: ${message}`, {
    hint: 'Name a program that is in the image of the service.',
  });
}
