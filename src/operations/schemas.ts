// The shapes that cross the product's border, snake case, shared by several operations.
import { z } from 'zod';
import { findingKinds } from '../model/watch/watch.ts';

const name = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

const expected = 'expected up to 40 lower-case letters, digits and "-", beginning with a letter';
export const applicationName = z.string().regex(name, expected).describe('Name of the application');
export const environmentName = z.string().regex(name, expected).describe('Name of the environment');
export const scopeInput = { application: applicationName, environment: environmentName };

/** Also as it stands in a query. */
export const yes = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);

export const targetView = z.object({
  release: z.string(),
  replicas: z.int(),
  unchecked: z.literal(true).optional().describe('It goes, or went, live without waiting for its checks'),
});

export const returnView = z
  .object({
    deployment: z.string().describe('The one that made it live'),
    live_at: z.string(),
    rolled_back_at: z.string().optional().describe('When it was rolled back from: going to it goes forward again'),
  })
  .describe('Which release set a rollback goes to');

const measured = z.enum(['met', 'not_met', 'not_measured']);
const shippedView = z.object({
  service: z.string(),
  artifact: z.string().optional(),
  signature: measured,
  provenance: measured,
  secrets: z.int().optional().describe('How many were found; absent: it was not looked at'),
});

export const planView = z.object({
  plan_id: z.string(),
  digest: z.string(),
  application: z.string(),
  environment: z.string(),
  runtime: z.string(),
  kind: z.enum(['deploy', 'retry', 'rollback', 'scale', 'restart', 'remove', 'trial']),
  changes: z.array(
    z.object({
      service: z.string(),
      kind: z.enum(['create', 'replace', 'update', 'keep', 'stop']),
      reason: z.string(),
      from: targetView.optional(),
      to: targetView.optional(),
    }),
  ),
  warnings: z.array(z.string()),
  risk: z.enum(['none', 'low', 'medium', 'high']),
  policy: z.array(z.string()).describe('Policies that decide whether its caller may apply it, as it stands'),
  refused: z.string().optional().describe('Why its caller may not apply it, as it stands'),
  shipped: z.array(shippedView).optional().describe('What was found of what it would ship anew, when it was planned'),
  approval: z.enum(['none', 'required']),
  approvals_needed: z.int().describe('How many people must approve it before its caller may apply it'),
  approved_by: z.array(z.string()).describe('Whose approval counts'),
  returns: returnView.optional(),
  created_at: z.string(),
  expires_at: z.string(),
  created_by: z.string(),
  applied_as: z.string().optional(),
});

export const outcome = z.enum(['succeeded', 'rolled_back', 'aborted', 'failed', 'failed_mixed', 'inconclusive', 'superseded', 'cancelled']);

export const stepView = z
  .object({
    number: z.int().describe('From 1'),
    of: z.int(),
    weight: z.number().describe('Share of the traffic that the new release has, 0 to 1'),
    waits_for: z.enum(['instances', 'people', 'resume', 'time', 'verdict', 'nothing']),
  })
  .describe('Where a canary or a blue-green switch stands');

export const analysisView = z
  .object({
    verdict: z.enum(['pass', 'fail', 'inconclusive']),
    message: z.string(),
    requests: z.object({ baseline: z.int(), canary: z.int() }).describe('Requests under judgement so far'),
    metrics: z.array(
      z.object({
        metric: z.string(),
        verdict: z.enum(['pass', 'fail', 'inconclusive']),
        message: z.string(),
        facts: z.record(z.string(), z.number()),
        dry_run: z.literal(true).optional().describe('It decides nothing'),
      }),
    ),
  })
  .describe('What was found of the new release beside the old one; inconclusive also means: not yet');

export const judgementView = analysisView.omit({ requests: true }).extend({ service: z.string() });

export const deploymentView = z.object({
  id: z.string(),
  number: z.int(),
  application: z.string(),
  environment: z.string(),
  kind: z.enum(['deploy', 'retry', 'rollback', 'scale', 'restart', 'remove']),
  direction: z.enum(['forward', 'reverting']),
  outcome: outcome.optional().describe('Absent while it runs'),
  unchecked: z.array(z.string()).optional().describe('Services that went live without waiting for their checks'),
  reason: z.string().optional(),
  last_log: z.array(z.string()).optional(),
  returns: returnView.optional(),
  paused: z.object({ by: z.string(), at: z.string(), reason: z.string().optional() }).optional(),
  services: z.array(
    z.object({
      service: z.string(),
      stage: z.enum(['waiting', 'shifting', 'baking', 'settled']),
      step: stepView.optional(),
      analysis: analysisView.optional(),
      from: targetView.optional(),
      to: targetView.optional(),
    }),
  ),
  started_at: z.string(),
  ended_at: z.string().optional(),
  duration_ms: z.number().optional(),
  started_by: z.string(),
  plan_id: z.string(),
});

export const instanceView = z.object({
  id: z.string(),
  release: z.string(),
  state: z.enum(['starting', 'running', 'draining', 'stopping', 'exited']),
  ready: z.boolean(),
  address: z.string().optional(),
  pid: z.int().optional(),
  node: z.string().optional(),
  started_at: z.string(),
  exit: z.string().optional(),
  unready_because: z.string().optional(),
  not_enforced: z.array(z.string()).optional(),
});

export const pauseView = z
  .object({ kind: z.enum(['held', 'stopped']), hold_ms: z.number().optional(), message: z.string().optional() })
  .describe('Held: requests wait up to hold_ms. Stopped: they are refused with the message');

export const lockView = z.object({ by: z.string(), at: z.string(), message: z.string() });

export const scalePauseView = z
  .object({ kind: z.enum(['at', 'in', 'out']), replicas: z.int().optional(), by: z.string(), since: z.string() })
  .describe('at: the size stays; in: it does not shrink; out: it does not grow');

export const scaleView = z.object({
  service: z.string(),
  current: z.int(),
  wanted: z.int(),
  min: z.int(),
  max: z.int(),
  reason: z.string(),
  readings: z.array(
    z.object({
      name: z.string(),
      value: z.number().optional().describe('Absent: not known'),
      target: z.number(),
      asks: z.int().optional().describe('Instances that it asks for'),
      because: z.string().optional(),
    }),
  ),
  at: z.string(),
  pause: scalePauseView.optional(),
});

export const serviceView = z.object({
  service: z.string(),
  release: z.string(),
  replicas: z.int(),
  ready: z.int(),
  state: z
    .enum(['healthy', 'degraded', 'down', 'rolling', 'scaled_to_zero', 'idle', 'unknown'])
    .describe('Idle: a job or a cron, which keeps nothing running; its runs are tasks. Unknown: its runtime does not answer'),
  routes: z.array(z.string()),
  pause: pauseView.optional(),
  scale: scaleView.optional().describe('The last decision, when its number follows its load'),
  unchecked: z.literal(true).optional().describe('It went live without waiting for its checks'),
  restarts: z.int().describe('Instances that ended by themselves and are still remembered'),
  kept: z
    .object({ release: z.string(), instances: z.int(), until: z.string().optional().describe('Absent: until the next deployment') })
    .optional()
    .describe('Instances of a release that went back, without traffic, for a look (abort_scale_down)'),
  instances: z.array(instanceView),
});

export const driftView = z
  .object({
    kind: z.enum(['route_table', 'stray', 'snapshot', 'instance']),
    subject: z.string(),
    service: z.string().optional().describe('Whose instance it is'),
    message: z.string(),
    found_at: z.string(),
    state: z.enum(['repairing', 'repaired', 'refused']),
    because: z.string().optional().describe('Why it is not put right, or not yet'),
    repaired_at: z.string().optional(),
  })
  .describe('Something that was changed behind the engine’s back');

export const watchView = z
  .object({
    findings: z.array(
      z.object({
        kind: z.enum(findingKinds),
        severity: z.enum(['notice', 'warning', 'critical']),
        service: z.string(),
        instance: z.string().optional(),
        what: z.string().describe('The port, the address, the program …'),
        message: z.string(),
        since: z.string(),
      }),
    ),
    not_measured: z.array(z.object({ service: z.string(), what: z.string(), because: z.string() })),
  })
  .describe('What instances do that their manifest does not let one expect, and what cannot be seen');

export const environmentView = z.object({
  application: z.string(),
  environment: z.string(),
  runtime: z.string(),
  state: z.enum(['healthy', 'degraded', 'down', 'rolling', 'unknown']),
  unseen: z.string().optional().describe('Why nothing is known of its instances: its runtime does not answer'),
  deployment: deploymentView.optional().describe('The one that is running'),
  last_deployment: deploymentView.optional(),
  lock: lockView.optional(),
  watch: watchView.optional().describe('Absent: the runtime watch is off'),
  drift: z.array(driftView).describe('What was found changed behind the engine’s back of late, the oldest first'),
  services: z.array(serviceView),
});

export const eventView = z.object({
  sequence: z.int(),
  at: z.string(),
  kind: z.string(),
  application: z.string().optional(),
  environment: z.string().optional(),
  service: z.string().optional(),
  deployment: z.string().optional(),
  instance: z.string().optional(),
  release: z.string().optional(),
  message: z.string(),
  facts: z.record(z.string(), z.unknown()).optional(),
});
