// apps.*: what is deployed where, and how it fares.
import { z } from 'zod';
import { defineCall } from '../operation.ts';
import { applicationName, environmentName, environmentView } from '../schemas.ts';
import { viewEnvironment, withScaling, withSilence } from '../views.ts';
import { withWatch } from '../watched.ts';

export const appOperations = [
  defineCall({
    name: 'apps.status',
    summary:
      'Shows every environment of every application, or of the one named: services, releases, instances, and the deployment that runs.',
    effect: 'read',
    input: z.strictObject({ application: applicationName.optional(), environment: environmentName.optional() }),
    output: z.object({ environments: z.array(environmentView) }),
    handler: async ({ application, environment }, { services, signal }) => {
      const found = await services.engine.queries.survey({ application, environment }, signal);
      return {
        environments: found.map((one) =>
          withWatch(
            withScaling(
              withSilence(viewEnvironment(one.state, one.running, one.last, one.instances, one.drift), one.unseen),
              services.scaler.reports(one.state.scope),
            ),
            services.watcher?.report(),
          ),
        ),
      };
    },
  }),
];
