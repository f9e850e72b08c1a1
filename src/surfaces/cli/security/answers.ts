// What the operations of security.* answer, and how they are asked.
import type { z } from 'zod';
import type { exposedView, licencesView, scanView, signaturesView } from '../../../operations/groups/supply/security.ts';

export type ScanView = z.infer<typeof scanView>;
export type LicencesView = z.infer<typeof licencesView>;
export type ExposedView = z.infer<typeof exposedView>;
export type SignaturesView = z.infer<typeof signaturesView>;
type Measured = ScanView['state'];

export interface BillView {
  readonly service: string;
  readonly release: string;
  readonly document: object;
}

export interface SecurityAnswers {
  readonly 'artifacts.attest': { readonly artifacts: readonly string[] };
  readonly 'security.licences': { readonly state: Measured; readonly services: readonly LicencesView[] };
  readonly 'security.sbom': { readonly bills: readonly BillView[] };
  readonly 'security.scan': { readonly state: Measured; readonly services: readonly ScanView[] };
  readonly 'security.secrets': { readonly state: Measured; readonly services: readonly ExposedView[] };
  readonly 'security.signatures': { readonly services: readonly SignaturesView[] };
}

export const securityMethods = {
  'artifacts.attest': 'POST',
  'security.licences': 'GET',
  'security.sbom': 'GET',
  'security.scan': 'GET',
  'security.secrets': 'GET',
  'security.signatures': 'GET',
} as const;
