// Certificates for an Engine that is reached by TLS: an authority of our own, the Engine's, and a client's.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why none can be made here. */
export async function whyNoCertificates(): Promise<string | undefined> {
  return run('openssl', ['version']).then(
    () => undefined,
    () => 'there is no openssl',
  );
}

export interface Certificates {
  /** With ca.pem, cert.pem and key.pem, as `docker_tls` names one. */
  readonly client: string;
  /** Words for the command line of dockerd. */
  readonly engine: readonly string[];
}

/** For an Engine at 127.0.0.1 that may also be called kube.test, valid for a day; its own for `days`: 0 has expired at once. */
export async function certificatesIn(directory: string, days = 1): Promise<Certificates> {
  const at = (...names: readonly string[]) => join(directory, ...names);
  const [engine, client] = [at('engine'), at('client')];
  await Promise.all([mkdir(engine, { recursive: true }), mkdir(client, { recursive: true })]);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', [
    'req',
    '-x509',
    ...key,
    '-keyout',
    at('ca-key.pem'),
    '-out',
    at('ca.pem'),
    '-subj',
    '/CN=test authority',
    '-days',
    '1',
  ]);
  const sign = async (place: string, extensions: string, valid = 1) => {
    const files = { key: join(place, 'key.pem'), request: join(place, 'request.pem'), cert: join(place, 'cert.pem') };
    await run('openssl', ['req', ...key, '-keyout', files.key, '-out', files.request, '-subj', '/CN=test']);
    await writeFile(join(place, 'extensions'), extensions);
    const authority = ['-CA', at('ca.pem'), '-CAkey', at('ca-key.pem'), '-CAcreateserial'];
    await run('openssl', [
      'x509',
      '-req',
      '-in',
      files.request,
      ...authority,
      '-out',
      files.cert,
      '-days',
      String(valid),
      '-extfile',
      join(place, 'extensions'),
    ]);
    await copyFile(at('ca.pem'), join(place, 'ca.pem'));
  };
  // One after the other: they share the authority's counter of serial numbers.
  await sign(engine, 'subjectAltName = IP:127.0.0.1, DNS:kube.test\nextendedKeyUsage = serverAuth\n', days);
  await sign(client, 'extendedKeyUsage = clientAuth\n');
  const told = ['--tlscacert', join(engine, 'ca.pem'), '--tlscert', join(engine, 'cert.pem'), '--tlskey', join(engine, 'key.pem')];
  return { client, engine: ['--tlsverify', ...told] };
}
