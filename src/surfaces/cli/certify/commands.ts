// Commands that certify what is deployed, and check certificates.
import type { CommandSpec } from '../command.ts';

const certificate = async () => import('./certificate.ts');

/** `trials`: the commands that a certification is made of. */
export function certifyCommands(trials: readonly CommandSpec[]): readonly CommandSpec[] {
  const run: CommandSpec['run'] = async (session, given) => (await import('./certify.ts')).certify(session, given, trials);
  return [{ ...certifyWords, run }, ...certificateCommands];
}

const certifyWords: Omit<CommandSpec, 'run'> = {
  name: 'certify',
  arguments: '[application]',
  summary:
    'Run every trial of what is deployed, judge it by criteria, and sign a certificate with its evidence (exit code 13: not certified)',
  options: [
    { flags: '--env <name>', description: 'environment (default: the only one)' },
    { flags: '--profile <name>', description: 'quick (default), standard or full: how long, and so how much can be claimed' },
    { flags: '--criteria <file>', description: 'readiness.yaml (default: the criteria that --print-criteria shows)' },
    { flags: '--print-criteria', description: 'print the criteria, and do nothing' },
    { flags: '--route <host>', description: "host of one of the application's routes (default: the first)" },
    { flags: '--path <path>', description: "what is asked for (default: the route's path)" },
    {
      flags: '--experiment <file>',
      description: 'experiments for chaos, with how to write and read (default: the built-in ones)',
      repeat: true,
    },
    { flags: '--without <trial>', description: 'leave load, stress, scale, security or chaos out: not measured', repeat: true },
    { flags: '--no-rollback', description: 'do not roll back and forth: not measured' },
    { flags: '--source <dir>', description: 'source that the certificate is to speak of (default: where --file is)' },
    { flags: '--out <dir>', description: 'where it is written (default: certificate-APP-ENV)' },
    { flags: '--file <path>', description: 'manifest that names the application (default: code.yaml)' },
    { flags: '--plan <plan>', description: 'approved plan, where the environment asks for one' },
  ],
  examples: [
    'codectl certify shop --env staging --profile quick',
    'codectl certify --print-criteria > readiness.yaml',
    'codectl certify shop --criteria readiness.yaml --profile standard --out certificate',
  ],
};

const certificateCommands: readonly CommandSpec[] = [
  {
    name: 'certificate verify',
    arguments: '<file>',
    summary: 'Check a certificate: signature, dates, every figure again from its evidence, and whether it still speaks of what there is',
    options: [
      { flags: '--evidence <dir>', description: 'its evidence (default: the directory "evidence" beside it)' },
      { flags: '--key <file>', description: 'public key that is trusted (default: that of this engine)', repeat: true },
      { flags: '--source <dir>', description: 'source as it is now: more than 25 % changed lines, and it must be certified again' },
      { flags: '--criteria <file>', description: 'criteria that are wanted now' },
      { flags: '--here', description: 'hold it against this machine, and what the engine here runs' },
    ],
    examples: [
      'codectl certificate verify certificate/certificate.intoto.json',
      'codectl certificate verify certificate.intoto.json --evidence evidence --key key.pub --source .',
    ],
    run: async (session, given) => (await certificate()).verify(session, given),
  },
  {
    name: 'certificate show',
    arguments: '<file>',
    summary: 'Show what a certificate says, unchecked',
    examples: ['codectl certificate show certificate/certificate.intoto.json'],
    run: async (session, given) => (await certificate()).show(session, given),
  },
  {
    name: 'certificate diff',
    arguments: '<before> <after>',
    summary: 'Compare two certificates, criterion by criterion',
    examples: ['codectl certificate diff old.intoto.json new.intoto.json'],
    run: async (session, given) => (await certificate()).diff(session, given),
  },
  {
    name: 'certificate report',
    arguments: '<file>',
    summary: 'Write its pages anew: HTML with plots, Markdown, JUnit, SARIF, a badge',
    options: [{ flags: '--out <dir>', description: 'where (default: here)' }],
    examples: ['codectl certificate report certificate/certificate.intoto.json --out site'],
    run: async (session, given) => (await certificate()).report(session, given),
  },
  {
    name: 'certificate badge',
    arguments: '<file>',
    summary: 'Print its level as an SVG badge',
    examples: ['codectl certificate badge certificate/certificate.intoto.json > badge.svg'],
    run: async (session, given) => (await certificate()).badge(session, given),
  },
  {
    name: 'certificate sign',
    arguments: '<file>',
    summary: 'Add the signature of a person who stands for it too',
    options: [{ flags: '--key <file>', description: 'private Ed25519 key in PEM, readable by its owner only' }],
    examples: ['codectl certificate sign certificate/certificate.intoto.json --key alice.pem'],
    run: async (session, given) => (await certificate()).sign(session, given),
  },
  {
    name: 'certificate key',
    summary: 'Print the public key with which certificates of this engine are checked',
    examples: ['codectl certificate key > certificate.pub'],
    run: async (session) => (await certificate()).key(session),
  },
];
