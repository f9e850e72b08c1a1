// What this runtime reads of the cluster's objects; everything else in them is left alone.
import { z } from 'zod';

const words = z.record(z.string(), z.string()).default({});

const meta = z.looseObject({
  name: z.string(),
  uid: z.string().default(''),
  generation: z.number().optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
  labels: words,
  annotations: words,
});

const condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: z.string().nullish(),
});

const terminated = z.looseObject({
  exitCode: z.number(),
  signal: z.number().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  startedAt: z.string().nullish(),
  finishedAt: z.string().nullish(),
});

const containerState = z.looseObject({
  waiting: z.looseObject({ reason: z.string().optional(), message: z.string().optional() }).nullish(),
  running: z.looseObject({ startedAt: z.string().nullish() }).nullish(),
  terminated: terminated.nullish(),
});

const containerStatus = z.looseObject({
  name: z.string(),
  ready: z.boolean(),
  started: z.boolean().nullish(),
  restartCount: z.number(),
  state: containerState.default({}),
  lastState: containerState.default({}),
});

export const podShape = z.looseObject({
  metadata: meta,
  spec: z.looseObject({ nodeName: z.string().optional(), activeDeadlineSeconds: z.number().optional() }),
  status: z
    .looseObject({
      phase: z.string().optional(),
      reason: z.string().optional(),
      message: z.string().optional(),
      podIP: z.string().optional(),
      conditions: z.array(condition).nullish(),
      containerStatuses: z.array(containerStatus).nullish(),
    })
    .default({}),
});

export const deploymentShape = z.looseObject({
  metadata: meta,
  spec: z.looseObject({ replicas: z.number().default(1) }),
  status: z.looseObject({ conditions: z.array(condition).nullish() }).default({}),
});

export const jobShape = z.looseObject({
  metadata: meta,
  spec: z.looseObject({ suspend: z.boolean().default(false) }),
  status: z.looseObject({ conditions: z.array(condition).nullish() }).default({}),
});

export const routeShape = z.looseObject({
  metadata: meta,
  status: z
    .looseObject({
      parents: z
        .array(z.looseObject({ conditions: z.array(condition.extend({ observedGeneration: z.number().optional() })).nullish() }))
        .nullish(),
    })
    .default({}),
});

export const noteShape = z.looseObject({ metadata: meta });

export const listShape = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.unknown()),
});

export const eventShape = z.looseObject({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.looseObject({
    code: z.number().optional(),
    message: z.string().optional(),
    metadata: z.looseObject({ name: z.string().optional(), resourceVersion: z.string().optional() }).optional(),
  }),
});

export type Pod = z.infer<typeof podShape>;
export type Deployment = z.infer<typeof deploymentShape>;
export type HttpRoute = z.infer<typeof routeShape>;
export type Job = z.infer<typeof jobShape>;
export type Terminated = z.infer<typeof terminated>;
