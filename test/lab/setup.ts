// Before the tests on Docker: one Engine for all of them, or the reason why there is none.
import { Dockerd, whyNoEngine } from './dockerd.ts';

export default async function setup(): Promise<() => Promise<void>> {
  const why = await whyNoEngine();
  if (why !== undefined) {
    process.env['CODE_TEST_NO_DOCKER'] = why;
    return async () => undefined;
  }
  const engine = await Dockerd.open();
  process.env['CODE_TEST_DOCKER'] = engine.directory;
  return () => engine[Symbol.asyncDispose]();
}
