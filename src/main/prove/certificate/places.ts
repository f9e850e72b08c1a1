// Where this home keeps what signs, and the newest certificate of each environment.
import { join } from 'node:path';
import type { KeyPlaces } from '../../../proving/certificate/keys.ts';
import { homeAt } from '../../home.ts';

export function keyPlaces(root: string): KeyPlaces {
  const { certificateKey: key, certificatePublicKey: publicKey } = homeAt(root, {});
  return { key, publicKey };
}

export function newestOf(
  root: string,
  { application, environment }: { readonly application: string; readonly environment: string },
): string {
  return join(homeAt(root, {}).certificates, `${application}-${environment}.intoto.json`);
}

export function evidenceOf(root: string, trial?: string): string {
  const { evidence } = homeAt(root, {});
  return trial === undefined ? evidence : join(evidence, trial);
}
