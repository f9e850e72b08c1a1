// Commands about who may, and who did.
import type { CommandSpec } from '../command.ts';

export const accessCommands: readonly CommandSpec[] = [
  {
    name: 'token create',
    arguments: '<name>',
    summary: 'Make an API token; its secret is printed this once',
    options: [
      {
        flags: '--allow <effects>',
        description: 'what it may everywhere: read, plan, write, destroy, with commas (default: read, without roles)',
      },
      {
        flags: '--role <role>',
        description: 'viewer, operator, approver, admin, agent or auditor; of one application or environment: operator@shop/staging',
        repeat: true,
      },
      { flags: '--kind <kind>', description: 'whose it is: token (of a person, the default), service or agent' },
      { flags: '--interactive', description: 'a person sits at the program that carries it: may be asked there by form (MCP elicitation)' },
      { flags: '--audience <door>', description: 'where alone it counts: mcp (the tools for agents over HTTP) or api' },
      { flags: '--owner <person>', description: 'the person behind it: nobody approves what he asked for with another token of his' },
      { flags: '--max-replicas <n>', description: 'the largest number of instances that it may give to one service' },
      { flags: '--max-services <n>', description: 'how many services one change may touch' },
      { flags: '--environments <names>', description: 'where alone it may change anything, with commas' },
      { flags: '--rollbacks-per-hour <n>', description: 'how often it may go back' },
      { flags: '--freeze <window>', description: 'when it changes nothing (UTC), such as "fri 15:00-mon 08:00"', repeat: true },
      {
        flags: '--expires <time>',
        description:
          'for how long, for example 30d (default: 90d for services, agents and what somebody who logged in makes; else until it is revoked)',
      },
    ],
    examples: [
      'codectl token create ci --allow read,plan,write --expires 90d',
      'codectl token create alice --role operator@shop --role approver@blog',
      'codectl token create helper --kind agent --role agent --max-replicas 5 --max-services 2 --environments staging',
    ],
    run: async (session, given) => (await import('./tokens.ts')).create(session, given),
  },
  {
    name: 'token certify',
    arguments: '<id>',
    summary: 'Make a key and a certificate that let in as a token, where the API asks for certificates (api_clients)',
    options: [
      { flags: '--out <file>', description: 'where both go, with the authority to trust (PEM, for you alone to read)' },
      { flags: '--expires <time>', description: 'for how long, for example 30d (default: 90d, never longer than the token)' },
    ],
    examples: ['codectl token certify token-3f9a1c2b --out laptop.pem --expires 30d'],
    run: async (session, given) => (await import('./certify.ts')).certify(session, given),
  },
  {
    name: 'token list',
    summary: 'List API tokens, without their secrets',
    examples: ['codectl token list'],
    run: async (session) => (await import('./tokens.ts')).list(session),
  },
  {
    name: 'token revoke',
    arguments: '<id>',
    summary: 'Make a token useless at once',
    examples: ['codectl token revoke token-3f9a1c2b'],
    run: async (session, given) => (await import('./tokens.ts')).revoke(session, given),
  },
  {
    name: 'token rotate',
    arguments: '<id>',
    summary: 'Make another secret for a token, with the same rights; it is printed this once',
    options: [
      { flags: '--overlap <time>', description: 'for so long the secret so far still counts, at most 7d (default: not at all)' },
      { flags: '--expires <time>', description: 'for how long the new one is (default: as long as the one so far was for)' },
    ],
    examples: ['codectl token rotate ci', 'codectl token rotate ci --overlap 1h'],
    run: async (session, given) => (await import('./tokens.ts')).rotate(session, given),
  },
  {
    name: 'audit show',
    summary: 'Print the audit, oldest first',
    options: [
      { flags: '--after <n>', description: 'only records after this number (default: 0)' },
      { flags: '--limit <n>', description: 'at most so many (default: 100)' },
    ],
    examples: ['codectl audit show --after 200', 'codectl audit show --json'],
    run: async (session, given) => (await import('./audit.ts')).show(session, given),
  },
  {
    name: 'audit verify',
    arguments: '[file]',
    summary: 'Check that no audit record was changed, removed or moved: those of the engine, or those in an export, without any engine',
    options: [
      { flags: '--key <file>', description: 'public key of the engine that wrote the export (default: that of --home)' },
      { flags: '--checkpoint <file>', description: 'a checkpoint that was kept elsewhere: an export that ends before it is found out' },
    ],
    examples: ['codectl audit verify', 'codectl audit verify audit.jsonl --key audit-key.pub --checkpoint last.json'],
    run: async (session, given) => {
      const [file] = given.arguments;
      if (file === undefined) return (await import('./audit.ts')).verify(session);
      return (await import('./audit-proof.ts')).verifyFile(session, given, file);
    },
  },
  {
    name: 'audit export',
    summary: 'Print the audit for somebody elsewhere: to be verified (jsonl), or for a SIEM (cef, ocsf)',
    options: [
      { flags: '--format <format>', description: 'jsonl (the default, with signed checkpoints), cef or ocsf' },
      { flags: '--after <n>', description: 'only records after this number (default: 0)' },
    ],
    examples: ['codectl audit export > audit.jsonl', 'codectl audit export --format cef --after 1200 | logger'],
    run: async (session, given) => (await import('./audit-proof.ts')).exportAudit(session, given),
  },
  {
    name: 'audit checkpoint',
    summary: 'Sign where the audit ends now, and print it: keep it elsewhere, and nothing before it can go unseen',
    examples: ['codectl audit checkpoint > last.json'],
    run: async (session) => (await import('./audit-proof.ts')).checkpoint(session),
  },
  {
    name: 'audit key',
    summary: 'Print the public key that exports are verified with',
    examples: ['codectl audit key > audit-key.pub'],
    run: async (session) => (await import('./audit-proof.ts')).key(session),
  },
  {
    name: 'policy list',
    summary: 'List the policies in force: one’s own, those of the engine, and the roles',
    options: [{ flags: '--text', description: 'print one’s own as they were written' }],
    examples: ['codectl policy list', 'codectl policy list --text > policies.cedar'],
    run: async (session, given) => (await import('./policy.ts')).list(session, given),
  },
  {
    name: 'policy set',
    arguments: '<file>',
    summary: 'Put policies in force in place of one’s own so far; if any is wrong, nothing changes',
    options: [{ flags: '--check', description: 'only say what is wrong with them' }],
    examples: ['codectl policy set policies.cedar', 'codectl policy set policies.cedar --check'],
    run: async (session, given) => (await import('./policy.ts')).set(session, given),
  },
  {
    name: 'policy schema',
    summary: 'Print what policies can speak of, in Cedar',
    examples: ['codectl policy schema'],
    run: async (session) => (await import('./policy.ts')).schema(session),
  },
  {
    name: 'policy explain',
    arguments: '<operation>',
    summary: 'Tell whether a call would be permitted, and by or against which policy (exit code 0, 9 denied, 10 approval required)',
    options: [
      { flags: '--as <principal>', description: 'who calls, such as token:ci (default: you)' },
      { flags: '--role <role>', description: 'instead: somebody with this role, such as operator@shop', repeat: true },
      { flags: '--app <name>', description: 'application that the call is about' },
      { flags: '--env <name>', description: 'environment that it is about' },
      { flags: '--at <time>', description: 'when, such as 2026-12-24T18:00:00Z (default: now)' },
      { flags: '--kind <kind>', description: 'of the plan: deploy, rollback, …' },
      { flags: '--replicas <n>', description: 'the largest number of instances that a service would get' },
      { flags: '--services <n>', description: 'how many services would be touched' },
      { flags: '--approvals <n>', description: 'how many people would have approved the plan' },
    ],
    examples: ['codectl policy explain change.apply --as token:ci --app shop --env production'],
    run: async (session, given) => (await import('./policy.ts')).explain(session, given),
  },
  {
    name: 'policy test',
    arguments: '<file>',
    summary: 'Ask what a file asks, and compare with what it expects',
    options: [{ flags: '--policies <file>', description: 'try these in place of one’s own that are in force' }],
    examples: ['codectl policy test policy-cases.yaml --policies policies.cedar'],
    run: async (session, given) => (await import('./policy-test.ts')).test(session, given),
  },
  {
    name: 'taint list',
    summary: 'List the programs whose changes take one approval more, because they have read words of others',
    examples: ['codectl taint list'],
    run: async (session) => (await import('./taint.ts')).list(session),
  },
  {
    name: 'taint lift',
    arguments: '<principal>',
    summary: 'Let such a program go on',
    examples: ['codectl taint lift agent:helper'],
    run: async (session, given) => (await import('./taint.ts')).lift(session, given),
  },
];
