// Everything that can be asked of the engine without changing anything deployed.
import type { EngineEvent } from '../../model/event.ts';
import type { Scope } from '../../model/instance.ts';
import type { RouteTable, TrafficObservation } from '../../model/route.ts';
import type { ExecOutput, LogLine } from '../../ports/instances.ts';
import type { Director } from '../director.ts';
import type { Endpoints } from '../discovery/endpoints.ts';
import type { DriftBook } from '../drift/book.ts';
import type { EnginePorts } from '../ports.ts';
import { followEvents } from './events.ts';
import type { ExecRequest, LogQuery } from './output.ts';
import { execInstance, followLogs } from './output.ts';
import type { Survey } from './survey.ts';
import { survey } from './survey.ts';

export class Queries {
  readonly #ports: EnginePorts;
  readonly #director: Director;
  readonly #drift: DriftBook;

  constructor(ports: EnginePorts, director: Director, drift: DriftBook) {
    this.#ports = ports;
    this.#director = director;
    this.#drift = drift;
  }

  /** Events after a number (-1: only new ones), then, when following, each as it is stored. */
  events(after: number, follow: boolean, signal: AbortSignal): AsyncIterable<EngineEvent> {
    return followEvents(this.#ports.store, after, follow, signal);
  }

  /** What is meant to be and what is, for every environment that fits. */
  survey(filter: Partial<Scope>, signal: AbortSignal): Promise<readonly Survey[]> {
    return survey(this.#ports, this.#drift, filter, signal);
  }

  logs(scope: Scope, which: LogQuery, signal: AbortSignal): AsyncIterable<LogLine> {
    return followLogs(this.#ports, scope, which, signal);
  }

  exec(scope: Scope, request: ExecRequest, signal: AbortSignal): AsyncIterable<ExecOutput> {
    return execInstance(this.#ports, scope, request, signal);
  }

  /** Who takes requests, by the table in force. */
  get endpoints(): Endpoints {
    return this.#director.endpoints;
  }

  async traffic(signal: AbortSignal): Promise<{ readonly table: RouteTable; readonly observation: TrafficObservation }> {
    return { table: this.#director.table(), observation: await this.#director.observe(signal) };
  }
}
