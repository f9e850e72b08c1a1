// A daemon in small, to be killed at any moment: starts instances 1 to n of a home, then says so.

import { createProcessInstances } from '../../src/adapters/runtimes/process/process.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Artifacts } from '../../src/ports/artifacts.ts';
import type { StartRequest } from '../../src/ports/instances.ts';

const [home = '', directory = '', text = '[]'] = process.argv.slice(2);
const requests = JSON.parse(text) as readonly StartRequest[];
const artifacts = { materialise: async () => directory } as unknown as Artifacts;
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const driver = createProcessInstances({ home, artifacts, clock: systemClock, portRange: { first: 20_000, last: 29_999 }, log: silent });
for (const request of requests) {
  await driver.start(request, new AbortController().signal);
  console.log(request.id);
}
