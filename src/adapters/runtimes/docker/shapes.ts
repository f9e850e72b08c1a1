// What this driver reads of the Engine's answers; everything else in them is let through unread.
import { z } from 'zod';

/** The Engine writes `null` where it has nothing. */
const labels = z.record(z.string(), z.string()).nullish();
const words = z.array(z.string()).nullish();

export const containerState = z.looseObject({
  Status: z.string(),
  Running: z.boolean(),
  OOMKilled: z.boolean(),
  Pid: z.number(),
  ExitCode: z.number(),
  Error: z.string().nullish(),
  StartedAt: z.string(),
  FinishedAt: z.string(),
});

export const container = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  State: containerState,
  Config: z.looseObject({ Labels: labels, StopSignal: z.string().nullish(), User: z.string().nullish() }),
  Mounts: z.array(z.looseObject({ Destination: z.string() })).nullish(),
  NetworkSettings: z.looseObject({
    Networks: z.record(z.string(), z.looseObject({ IPAddress: z.string().nullish(), Gateway: z.string().nullish() })).nullish(),
    Ports: z.record(z.string(), z.array(z.looseObject({ HostPort: z.string() })).nullish()).nullish(),
  }),
});
export type Container = z.infer<typeof container>;

export const containers = z.array(z.looseObject({ Id: z.string(), State: z.string(), Created: z.number(), Labels: labels, Names: words }));
export type ListedContainer = z.infer<typeof containers>[number];

export const created = z.looseObject({ Id: z.string() });

export const image = z.looseObject({
  Id: z.string(),
  RepoDigests: words,
  RepoTags: words,
  Architecture: z.string(),
  Os: z.string(),
  Config: z
    .looseObject({
      User: z.string().nullish(),
      ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
      Labels: labels,
    })
    .nullish(),
});
export type Image = z.infer<typeof image>;

export const images = z.array(z.looseObject({ RepoTags: words }));

export const distribution = z.looseObject({
  Descriptor: z.looseObject({ digest: z.string() }),
  Platforms: z.array(z.looseObject({ architecture: z.string(), os: z.string() })).nullish(),
});

export const network = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  Labels: labels,
  IPAM: z.looseObject({ Config: z.array(z.looseObject({ Gateway: z.string().nullish() })).nullish() }).nullish(),
  Containers: z.record(z.string(), z.unknown()).nullish(),
});

export const networks = z.array(z.looseObject({ Id: z.string(), Name: z.string() }));

export const volume = z.looseObject({ Name: z.string(), Labels: labels });

export const engineVersion = z.looseObject({ Version: z.string(), ApiVersion: z.string(), Arch: z.string(), Os: z.string() });

export const event = z.looseObject({
  Action: z.string(),
  Actor: z.looseObject({ ID: z.string(), Attributes: labels }).nullish(),
});

/** One line of what a pull or a build says. */
export const progress = z.looseObject({
  status: z.string().nullish(),
  stream: z.string().nullish(),
  id: z.string().nullish(),
  error: z.string().nullish(),
  aux: z.unknown().optional(),
  progressDetail: z.looseObject({ current: z.number().nullish(), total: z.number().nullish() }).nullish(),
});

export const stats = z.looseObject({
  cpu_stats: z.looseObject({ cpu_usage: z.looseObject({ total_usage: z.number() }) }),
  memory_stats: z.looseObject({
    usage: z.number().nullish(),
    stats: z.record(z.string(), z.number()).nullish(),
  }),
});

export const execState = z.looseObject({ Running: z.boolean(), ExitCode: z.number().nullish(), Pid: z.number().nullish() });
