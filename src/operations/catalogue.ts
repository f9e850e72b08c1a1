// Everything that can be asked of the product, once: the one list that CLI, HTTP, OpenAPI and MCP are made from.
import { accessOperations } from './groups/access.ts';
import { taintOperations } from './groups/agents/taint.ts';
import { approvalOperations } from './groups/approvals.ts';
import { appOperations } from './groups/apps.ts';
import { artifactOperations } from './groups/artifacts.ts';
import { auditProofOperations } from './groups/audit/proof.ts';
import { changeOperations } from './groups/change.ts';
import { deploymentOperations } from './groups/deployments.ts';
import { endpointOperations } from './groups/endpoints.ts';
import { loginOperations } from './groups/identity/login.ts';
import { sessionOperations } from './groups/identity/sessions.ts';
import { incidentOperations } from './groups/incidents/incidents.ts';
import { jobOperations } from './groups/jobs.ts';
import { lockOperations } from './groups/lock.ts';
import { observeOperations } from './groups/observe.ts';
import { deliveryOperations } from './groups/outside/delivery.ts';
import { hostOperations } from './groups/outside/host.ts';
import { notifyOperations } from './groups/outside/notify.ts';
import { webOperations } from './groups/outside/web.ts';
import { policyOperations } from './groups/policy.ts';
import { trialOperations } from './groups/proving/trials.ts';
import { runtimeOperations } from './groups/runtime.ts';
import { scaleOperations } from './groups/scale.ts';
import { secretOperations } from './groups/secrets.ts';
import { securityOperations } from './groups/supply/security.ts';
import { systemOperations } from './groups/system.ts';
import { trafficOperations } from './groups/traffic.ts';
import type { Operation } from './operation.ts';

export const catalogue: readonly Operation[] = [
  ...changeOperations,
  ...approvalOperations,
  ...deploymentOperations,
  ...jobOperations,
  ...endpointOperations,
  ...lockOperations,
  ...appOperations,
  ...observeOperations,
  ...incidentOperations,
  ...runtimeOperations,
  ...trafficOperations,
  ...scaleOperations,
  ...artifactOperations,
  ...secretOperations,
  ...deliveryOperations,
  ...notifyOperations,
  ...hostOperations,
  ...webOperations,
  ...securityOperations,
  ...trialOperations,
  ...accessOperations,
  ...auditProofOperations,
  ...loginOperations,
  ...sessionOperations,
  ...policyOperations,
  ...taintOperations,
  ...systemOperations,
];
