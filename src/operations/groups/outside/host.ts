// host.*: the machine that the engine runs on, looked at. Nothing here changes it, and arguments of processes are not told.
import { z } from 'zod';
import { defineCall } from '../../operation.ts';

export const hostOperations = [
  defineCall({
    name: 'host.processes',
    summary: 'Lists the processes of this machine that use most memory or CPU time.',
    effect: 'read',
    input: z.strictObject({ by: z.enum(['memory', 'cpu']).default('memory'), limit: z.coerce.number().int().min(1).max(500).default(20) }),
    output: z.object({
      count: z.int(),
      processes: z.array(
        z.object({
          pid: z.int(),
          parent: z.int(),
          name: z.string(),
          user: z.int(),
          state: z.string(),
          cpu_seconds: z.number(),
          memory: z.number(),
        }),
      ),
    }),
    handler: async ({ by, limit }, { services }) => {
      const all = await services.outside.machine.processes();
      const most = all.toSorted((a, b) => (by === 'cpu' ? b.cpuSeconds - a.cpuSeconds : b.memory - a.memory)).slice(0, limit);
      return { count: all.length, processes: most.map(({ cpuSeconds, ...one }) => ({ ...one, cpu_seconds: cpuSeconds })) };
    },
  }),
  defineCall({
    name: 'host.disks',
    summary: 'Tells how full the disks of this machine are.',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({
      disks: z.array(
        z.object({
          device: z.string(),
          mount: z.string(),
          kind: z.string(),
          size: z.number(),
          free: z.number(),
          files_used: z.number().optional(),
        }),
      ),
    }),
    handler: async (_, { services }) => ({
      disks: (await services.outside.machine.disks()).map(({ filesUsed, ...one }) => ({ ...one, files_used: filesUsed })),
    }),
  }),
  defineCall({
    name: 'host.network',
    summary: 'Tells the network interfaces of this machine with their traffic, and what listens on it.',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({
      interfaces: z.array(
        z.object({ name: z.string(), addresses: z.array(z.string()), received: z.number().optional(), sent: z.number().optional() }),
      ),
      listening: z.array(z.string()),
    }),
    handler: async (_, { services }) => {
      const { interfaces, listening } = await services.outside.machine.network();
      return { interfaces: interfaces.map((one) => ({ ...one, addresses: [...one.addresses] })), listening: [...listening] };
    },
  }),
];
