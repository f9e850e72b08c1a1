// What one profile offers: its tools and, where it leads to all others, the tools about tools.
import type { Operation } from '../../operations/operation.ts';
import { metaTools } from './meta.ts';
import type { Offered } from './offered.ts';
import type { Profile } from './profile.ts';
import { core } from './profile.ts';
import type { Runs } from './protocol/runs.ts';
import { runsOf } from './protocol/runs.ts';
import { runTool } from './run.ts';
import type { OperationTool } from './tool.ts';
import { toolsOf } from './tool.ts';

export type Offer = ReadonlyMap<string, Offered>;

/** Everything that can be chosen from; made once. */
export interface Shelf {
  readonly tools: readonly OperationTool[];
  readonly servers: readonly string[];
  offer(profile: Profile): Offer;
  runs(profile: Pick<Profile, 'readOnly'>): Runs;
}

export function shelfOf(catalogue: readonly Operation[]): Shelf {
  const tools = toolsOf(catalogue);
  const offers = new Map<string, Offer>();
  const [changing, reading] = [runsOf(tools, false), runsOf(tools, true)];
  return {
    tools,
    servers: [...new Set(tools.map((one) => one.server))],
    runs: ({ readOnly }) => (readOnly ? reading : changing),
    offer: (profile) => {
      // Sets of servers are for callers to choose, and there are many.
      if (profile.kind === 'servers') return offered(tools, profile);
      const key = `${profile.kind} ${profile.readOnly}`;
      const known = offers.get(key) ?? offered(tools, profile);
      offers.set(key, known);
      return known;
    },
  };
}

function offered(tools: readonly OperationTool[], profile: Profile): Offer {
  const fitting = tools.filter((one) => !profile.readOnly || one.described.annotations.readOnlyHint);
  const chosen = fitting.filter((one) => isIn(one, profile));
  const own = chosen.map(
    (tool): Offered => ({
      described: tool.described,
      operation: tool.operation.name,
      begins: tool.operation.begins,
      lasts: tool.operation.lasts,
      run: (given, caller, signal) => runTool(tool, given, caller, signal),
    }),
  );
  const meta = profile.kind === 'servers' ? [] : metaTools(fitting, profile.readOnly);
  return new Map([...own, ...meta].map((one) => [one.described.name, one]));
}

function isIn({ described, server }: OperationTool, profile: Profile): boolean {
  if (profile.kind === 'all') return true;
  return profile.kind === 'core' ? core.includes(described.name) : profile.servers.includes(server);
}
