// Where everything of one engine is kept. One directory, one daemon.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Home {
  readonly root: string;
  readonly settings: string;
  readonly database: string;
  /** Where the audit in the database ended, noted outside it. */
  readonly auditHeads: string;
  /** Signs where it ended; what it signed; and what others check that with. */
  readonly auditKey: string;
  readonly auditPublicKey: string;
  readonly auditCheckpoints: string;
  /** Held by the daemon for as long as it lives. */
  readonly lock: string;
  readonly socket: string;
  /** Identity and addresses of the running daemon. */
  readonly daemon: string;
  readonly daemonLog: string;
  readonly gateway: string;
  readonly artifacts: string;
  /** Opens the secrets, where no other key is named. */
  readonly secretsKey: string;
  /** What hooks are signed with. */
  readonly webhookKey: string;
  /** Signs certificates of readiness; its public half; the newest of each environment; and raw evidence of trials. */
  readonly certificateKey: string;
  readonly certificatePublicKey: string;
  readonly certificates: string;
  readonly evidence: string;
  /** Certificates with their keys, and the engine's own authority. */
  readonly tls: string;
  /** What trials broke and have to undo, a file for each. */
  readonly faults: string;
}

/** `--home`, else `$CODE_HOME`, else `~/.codectl`. */
export function homeAt(flag: string | undefined, environment: NodeJS.ProcessEnv): Home {
  const root = resolve(flag ?? environment['CODE_HOME'] ?? join(homedir(), '.codectl'));
  return {
    root,
    settings: join(root, 'codectl.yaml'),
    database: join(root, 'engine.db'),
    auditHeads: join(root, 'audit-heads'),
    auditKey: join(root, 'audit-key'),
    auditPublicKey: join(root, 'audit-key.pub'),
    auditCheckpoints: join(root, 'audit-checkpoints'),
    lock: join(root, 'daemon.lock'),
    socket: join(root, 'daemon.sock'),
    daemon: join(root, 'daemon.json'),
    daemonLog: join(root, 'daemon.log'),
    gateway: join(root, 'gateway'),
    artifacts: join(root, 'artifacts'),
    secretsKey: join(root, 'secrets.key'),
    webhookKey: join(root, 'webhook-key'),
    certificateKey: join(root, 'certificate-key'),
    certificatePublicKey: join(root, 'certificate-key.pub'),
    certificates: join(root, 'certificates'),
    evidence: join(root, 'evidence'),
    tls: join(root, 'tls'),
    faults: join(root, 'faults'),
  };
}
