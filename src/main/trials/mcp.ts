// The tools behind a real door for `bench mcp`: every part of it real, but nothing that an operation could be about.
import { join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '../../base/clock.ts';
import { catalogue } from '../../operations/catalogue.ts';
import { defineCall } from '../../operations/operation.ts';
import type { McpTrials } from '../../proving/bench/mcp/mcp.ts';
import { createHttpSurface } from '../../surfaces/http/surface.ts';
import { stores } from '../adapters.ts';
import type { DoorOptions } from '../door.ts';
import { openDoor } from '../door.ts';
import { homeAt } from '../home.ts';
import { mcpMount } from '../mcp/mount.ts';
import { loadSettings } from '../settings.ts';

export const mcpTrials: McpTrials = { open };

const look = defineCall({
  name: 'trial.look',
  summary: 'Looks at nothing.',
  effect: 'read',
  input: z.strictObject({ application: z.string(), environment: z.string() }),
  output: z.object({}),
  handler: async () => ({}),
});

async function open(directory: string): ReturnType<McpTrials['open']> {
  const store = await stores.sqlite({ file: join(directory, 'engine.db') });
  // Asked before anybody is heard.
  const operations = [look, ...catalogue.filter((one) => one.name === 'system.info')];
  // What no operation of the trial asks for.
  const absent = { engine: {}, scaler: {}, stop: async () => undefined } as unknown as Pick<DoorOptions, 'engine' | 'scaler' | 'stop'>;
  const { dispatcher, services } = openDoor({
    ...absent,
    settings: loadSettings('', {}, {}),
    store,
    clock: systemClock,
    home: homeAt(directory, {}),
    operations,
    allowance: { rate: 1e9, burst: 1e9 },
  });
  const { secret: token } = await services.tokens.create({
    name: 'trial',
    effects: [],
    kind: 'agent',
    grants: [{ role: 'agent', application: 'shop' }],
  });
  const failed = (_: unknown, message: string): void => {
    throw new Error(message);
  };
  const log = { debug: () => undefined, info: () => undefined, warn: failed, error: failed };
  const surface = createHttpSurface({
    dispatcher,
    catalogue: operations,
    log,
    version: 'trial',
    mounts: [mcpMount(dispatcher, log, { operations })],
  });
  const url = await surface.listenTcp('127.0.0.1', 0);
  return {
    url,
    token,
    close: async () => {
      await surface.close();
      await store.close();
    },
  };
}
