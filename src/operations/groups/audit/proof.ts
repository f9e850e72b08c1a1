// audit.export, audit.checkpoint, audit.key: what proves to somebody elsewhere who did what.
import { z } from 'zod';
import { cefLine } from '../../../access/export/cef.ts';
import type { ExportLine } from '../../../access/export/lines.ts';
import { ocsfEvent } from '../../../access/export/ocsf.ts';
import { CodeError } from '../../../base/errors.ts';
import { defineCall, defineStream } from '../../operation.ts';
import type { Services } from '../../services.ts';

const checkpointView = z.object({
  type: z.string(),
  number: z.int(),
  sequence: z.int(),
  hash: z.string(),
  at: z.int().describe('Milliseconds since the epoch, as it was signed'),
  previous: z.string(),
  key: z.string(),
  signature: z.string(),
});

const formats = ['jsonl', 'cef', 'ocsf'] as const;

export const auditProofOperations = [
  defineStream({
    name: 'audit.export',
    summary:
      'Streams the audit from a record on: as it is stored, with signed checkpoints, so that it can be verified elsewhere (jsonl), or for a SIEM (cef, ocsf).',
    effect: 'read',
    input: z.strictObject({
      format: z.enum(formats).default('jsonl'),
      after: z.coerce.number().int().min(0).default(0).describe('Only records after this number'),
    }),
    item: z.record(z.string(), z.unknown()).describe('A line as it is to be written; of cef: `line` holds it'),
    handler: async function* exported({ format, after }, { services, signal }) {
      for await (const line of services.audit.exported(after)) {
        if (signal.aborted) return;
        const item = itemOf(line, format, services.system.version);
        if (item) yield item;
      }
    },
  }),
  defineCall({
    name: 'audit.checkpoint',
    summary: 'Shows the newest signed checkpoint, made now if records came since: kept elsewhere, it shows whatever is cut off later.',
    effect: 'read',
    input: z.strictObject({}),
    output: checkpointView,
    handler: async (_, { services }) => {
      const checkpoint = await signing(services).seal();
      if (checkpoint) return { ...checkpoint };
      throw new CodeError('input_invalid', 'There are no audit records yet, so there is nothing to sign.');
    },
  }),
  defineCall({
    name: 'audit.key',
    summary: 'Shows the public key that checkpoints and exports are verified with.',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ id: z.string(), public_key: z.string().describe('Ed25519, SPKI in PEM') }),
    handler: async (_, { services }) => {
      const { key } = await signing(services).signer();
      return { id: key.id, public_key: key.pem };
    },
  }),
];

function signing({ audit }: Services): NonNullable<Services['audit']['checkpoints']> {
  if (audit.checkpoints) return audit.checkpoints;
  throw new CodeError('audit_unsigned', 'This engine signs nothing.');
}

/** What a SIEM is given are records; only JSON lines can be verified. */
function itemOf({ kind, line }: ExportLine, format: (typeof formats)[number], version: string): Record<string, unknown> | undefined {
  if (format === 'jsonl') return { ...line };
  if (kind !== 'record') return undefined;
  return format === 'cef' ? { line: cefLine(line, version) } : { ...ocsfEvent(line, version) };
}
