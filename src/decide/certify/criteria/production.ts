// The criteria that hold where nobody gave others: ten domains, with the thresholds that production readiness is usually measured by.
import type { Criterion, Domain } from '../../../model/proving/criterion.ts';
import type { Readiness } from '../../../model/readiness/readiness.ts';
import { ofOperation } from './operation.ts';
import { ofService } from './service.ts';

export const defaultReadiness: Readiness = {
  name: 'production',
  excluded: [],
  criteria: Object.entries({ ...ofService, ...ofOperation }).flatMap(([domain, list]) =>
    list.map(
      ([id, statement, figure, threshold, weight, required, minimumSample, worst]): Criterion => ({
        id,
        domain: domain as Domain,
        statement,
        figure,
        threshold,
        ...(worst !== undefined && { worst }),
        weight,
        required,
        minimumSample,
      }),
    ),
  ),
};
