// Tries whether a Docker Engine of our own works here: starts it, makes an image, and runs a container in a network. Says in one line why not.
import { fileURLToPath } from 'node:url';
import { Dockerd, whyNoEngine } from '../../test/lab/dockerd.ts';
import { programImage } from '../../test/lab/images.ts';

const image = 'codectl-try:1';

async function tryIt(engine: Dockerd): Promise<string | undefined> {
  await programImage(engine, image, fileURLToPath(import.meta.url));
  await engine.send('POST', '/networks/create', { Name: 'codectl-try' });
  const json = { Image: image, Cmd: ['-e', '0'], HostConfig: { NetworkMode: 'codectl-try', Memory: 2 ** 28, PidsLimit: 100 } };
  const { Id } = JSON.parse(await engine.send('POST', '/containers/create', json)) as { readonly Id: string };
  await engine.send('POST', `/containers/${Id}/start`);
  const { StatusCode } = JSON.parse(await engine.send('POST', `/containers/${Id}/wait`)) as { readonly StatusCode: number };
  return StatusCode === 0 ? undefined : `a container ended with code ${StatusCode}`;
}

async function whyNot(): Promise<string | undefined> {
  const why = await whyNoEngine();
  if (why !== undefined) return why;
  await using engine = await Dockerd.open();
  // Whoever has waited too long ends this process, and the Engine must not outlive it.
  process.once('SIGTERM', () => void engine[Symbol.asyncDispose]().finally(() => process.exit(1)));
  // Waited for here: leaving this block ends the Engine.
  return await tryIt(engine);
}

const why = await whyNot().catch(
  (error: unknown) => `no Docker Engine works here (${error instanceof Error ? error.message : String(error)})`,
);
if (why !== undefined) {
  process.stderr.write(`${why.replaceAll('\n', ' ')}\n`);
  process.exitCode = 1;
}
