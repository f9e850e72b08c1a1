// What is read of the Swarm's answers; everything else in them is let through unread.
import { z } from 'zod';

/** The Engine writes `null` where it has nothing. */
const labels = z.record(z.string(), z.string()).nullish();

export const service = z.looseObject({
  ID: z.string(),
  CreatedAt: z.string(),
  Spec: z.looseObject({ Name: z.string(), Labels: labels }),
});
export const services = z.array(service);
export type Service = z.infer<typeof service>;

const task = z.looseObject({
  ID: z.string(),
  CreatedAt: z.string(),
  ServiceID: z.string(),
  NodeID: z.string().nullish(),
  DesiredState: z.string(),
  Spec: z.looseObject({ ContainerSpec: z.looseObject({ Labels: labels }).nullish() }),
  Status: z.looseObject({
    Timestamp: z.string(),
    State: z.string(),
    Message: z.string().nullish(),
    Err: z.string().nullish(),
    ContainerStatus: z
      .looseObject({ ContainerID: z.string().nullish(), PID: z.number().nullish(), ExitCode: z.number().nullish() })
      .nullish(),
    PortStatus: z.looseObject({ Ports: z.array(z.looseObject({ PublishedPort: z.number().nullish() })).nullish() }).nullish(),
  }),
});
export const tasks = z.array(task);
export type Task = z.infer<typeof task>;

const node = z.looseObject({
  ID: z.string(),
  Description: z.looseObject({ Hostname: z.string().nullish() }).nullish(),
  Status: z.looseObject({ State: z.string(), Addr: z.string().nullish() }),
});
export const nodes = z.array(node);
export type Node = z.infer<typeof node>;

export const secretList = z.array(z.looseObject({ ID: z.string(), Spec: z.looseObject({ Name: z.string(), Labels: labels }) }));

export const engineState = z.looseObject({
  Swarm: z.looseObject({ NodeID: z.string().nullish(), LocalNodeState: z.string(), ControlAvailable: z.boolean().nullish() }).nullish(),
});

/** The bridge by which an Engine reaches those of its containers that are in a network of the Swarm. */
export const gatewayBridge = z.looseObject({
  IPAM: z
    .looseObject({ Config: z.array(z.looseObject({ Gateway: z.string().nullish(), Subnet: z.string().nullish() })).nullish() })
    .nullish(),
  Containers: z.record(z.string(), z.looseObject({ IPv4Address: z.string().nullish() })).nullish(),
});
