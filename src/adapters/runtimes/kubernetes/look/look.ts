// What can be asked of pods that live: what they said, what they use, and to run a command beside them.
import type { ExecOutput, InstanceStats, LogLine, LogOptions } from '../../../../ports/instances.ts';
import type { KubeClient } from '../client.ts';
import { execIn } from './exec.ts';
import { logsOf, voiceOf } from './logs.ts';
import type { UsageOptions } from './usage.ts';
import { Usage } from './usage.ts';

export class Look {
  readonly #client: KubeClient;
  readonly #usage: Usage;

  constructor(options: UsageOptions) {
    this.#client = options.client;
    this.#usage = new Usage(options);
  }

  /** The pod that an instance is, or was a container of. */
  podOf(instance: string): string {
    return voiceOf(instance).pod;
  }

  logs(instance: string, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine> {
    return logsOf(this.#client, voiceOf(instance), options, signal);
  }

  /** Errors: `unsupported` where the cluster measures nothing. */
  stats(pods: readonly string[]): Promise<Readonly<Record<string, InstanceStats>>> {
    return this.#usage.of(pods);
  }

  exec(instance: string, command: readonly string[], signal: AbortSignal): AsyncIterable<ExecOutput> {
    return execIn(this.#client, instance, command, signal);
  }
}
