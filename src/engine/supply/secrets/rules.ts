// What the credentials of known services look like. Each pattern is matched with whole words only, and is none that a text can make slow.
import { matcherOf } from '../../../platform/guard/pattern/pattern.ts';

export interface TokenRule {
  readonly name: string;
  /** What everybody knows of it; the rest is never shown. */
  readonly prefix: string;
  readonly matches: (word: string) => boolean;
}

/** Name, what it begins with, and what follows. The formats are those that the services publish for scanners of secrets. */
const formats: readonly (readonly [name: string, prefix: string, rest: string])[] = [
  ['AWS access key id', 'AKIA', '[A-Z2-7]{16}'],
  ['AWS temporary access key id', 'ASIA', '[A-Z2-7]{16}'],
  ['GitHub personal access token', 'ghp_', '[A-Za-z0-9]{36,251}'],
  ['GitHub OAuth token', 'gho_', '[A-Za-z0-9]{36,251}'],
  ['GitHub user token', 'ghu_', '[A-Za-z0-9]{36,251}'],
  ['GitHub server token', 'ghs_', '[A-Za-z0-9]{36,251}'],
  ['GitHub refresh token', 'ghr_', '[A-Za-z0-9]{36,251}'],
  ['GitHub fine-grained token', 'github_pat_', '[A-Za-z0-9_]{82}'],
  ['GitLab personal access token', 'glpat-', '[\\w-]{20,64}'],
  ['GitLab runner token', 'glrt-', '[\\w-]{20,64}'],
  ['GitLab deploy token', 'gldt-', '[\\w-]{20,64}'],
  ['GitLab pipeline trigger token', 'glptt-', '[0-9a-f]{40}'],
  ['npm token', 'npm_', '[A-Za-z0-9]{36}'],
  ['PyPI token', 'pypi-AgE', '[\\w-]{50,400}'],
  ['RubyGems key', 'rubygems_', '[0-9a-f]{48}'],
  ['crates.io token', 'cio', '[A-Za-z0-9]{32}'],
  ['Docker Hub token', 'dckr_pat_', '[\\w-]{27}'],
  ['Slack bot token', 'xoxb-', '[0-9]{8,14}-[0-9A-Za-z-]{10,80}'],
  ['Slack user token', 'xoxp-', '[0-9]{8,14}-[0-9A-Za-z-]{10,80}'],
  ['Slack workspace token', 'xoxa-', '[0-9A-Za-z-]{20,90}'],
  ['Slack refresh token', 'xoxr-', '[0-9A-Za-z-]{20,90}'],
  ['Slack app token', 'xapp-', '[0-9]-[A-Z0-9]{8,14}-[0-9]{8,16}-[0-9a-f]{32,80}'],
  ['Stripe live secret key', 'sk_live_', '[0-9A-Za-z]{16,120}'],
  ['Stripe test secret key', 'sk_test_', '[0-9A-Za-z]{16,120}'],
  ['Stripe restricted key', 'rk_live_', '[0-9A-Za-z]{16,120}'],
  ['Stripe webhook secret', 'whsec_', '[0-9A-Za-z]{32,64}'],
  ['Google API key', 'AIza', '[\\w-]{35}'],
  ['Google OAuth client secret', 'GOCSPX-', '[\\w-]{28}'],
  ['Google OAuth access token', 'ya29\\.', '[\\w-]{60,400}'],
  ['SendGrid key', 'SG\\.', '[\\w-]{22}\\.[\\w-]{43}'],
  ['Mailgun key', 'key-', '[0-9a-f]{32}'],
  ['Mailchimp key', '', '[0-9a-f]{32}-us[0-9]{1,2}'],
  ['Twilio key', 'SK', '[0-9a-f]{32}'],
  ['Telegram bot token', '', '[0-9]{8,10}:AA[\\w-]{33}'],
  ['Discord bot token', '', '[MNO][A-Za-z0-9]{23,27}\\.[\\w-]{6}\\.[\\w-]{27,38}'],
  ['Anthropic key', 'sk-ant-', '[\\w-]{40,180}'],
  ['OpenAI project key', 'sk-proj-', '[\\w-]{40,180}'],
  ['OpenAI key', 'sk-', '[A-Za-z0-9]{48}'],
  ['Hugging Face token', 'hf_', '[A-Za-z]{34}'],
  ['DigitalOcean token', 'dop_v1_', '[0-9a-f]{64}'],
  ['DigitalOcean OAuth token', 'doo_v1_', '[0-9a-f]{64}'],
  ['Fly.io token', 'fo1_', '[\\w-]{43}'],
  ['HashiCorp Vault token', 'hvs\\.', '[\\w-]{24,120}'],
  ['HashiCorp Vault batch token', 'hvb\\.', '[\\w-]{90,300}'],
  ['Terraform Cloud token', '', '[A-Za-z0-9]{14}\\.atlasv1\\.[\\w-]{60,80}'],
  ['Shopify access token', 'shpat_', '[0-9a-fA-F]{32}'],
  ['Shopify shared secret', 'shpss_', '[0-9a-fA-F]{32}'],
  ['Square token', 'EAAA', '[\\w-]{60}'],
  ['Sentry user token', 'sntryu_', '[0-9a-f]{64}'],
  ['New Relic key', 'NRAK-', '[A-Z0-9]{27}'],
  ['Grafana service account token', 'glsa_', '[A-Za-z0-9]{32}_[0-9a-f]{8}'],
  ['Linear key', 'lin_api_', '[A-Za-z0-9]{40}'],
  ['Notion token', 'ntn_', '[A-Za-z0-9]{46}'],
  ['Postman key', 'PMAK-', '[0-9a-f]{24}-[0-9a-f]{34}'],
  ['Databricks token', 'dapi', '[0-9a-f]{32}'],
  ['Dynatrace token', 'dt0c01\\.', '[A-Z0-9]{24}\\.[A-Z0-9]{64}'],
  ['PlanetScale password', 'pscale_pw_', '[\\w-]{32,64}'],
  ['Supabase key', 'sbp_', '[0-9a-f]{40}'],
  ['age secret key', 'AGE-SECRET-KEY-1', '[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}'],
  ['token of this engine', 'code_', '[A-Za-z0-9]{40,60}'],
  ['JSON Web Token', 'eyJ', '[\\w-]{10,400}\\.eyJ[\\w-]{10,400}\\.[\\w-]{20,400}'],
];

export const patterns: readonly string[] = formats.map(([, prefix, rest]) => `${prefix}${rest}`);

export const tokenRules: readonly TokenRule[] = formats.map(([name, prefix, rest]) => ({
  name,
  prefix: prefix.replaceAll('\\', ''),
  matches: onceNeeded(`${prefix}${rest}`),
}));

/** Texts that services print in their own documents, and that open nothing. */
export const published: ReadonlySet<string> = new Set(['AKIAIOSFODNN7EXAMPLE', 'ASIAIOSFODNN7EXAMPLE']);

/** Judging a pattern takes memory and time; an engine that is never given a source, or no word that begins like it, needs neither. */
function onceNeeded(pattern: string): (word: string) => boolean {
  let matches: ((word: string) => boolean) | undefined;
  return (word) => {
    matches ??= matcherOf(pattern);
    return matches(word);
  };
}
