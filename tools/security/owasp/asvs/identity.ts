// ASVS 5.0.0, V9 to V12: tokens that speak for themselves, OAuth, cryptography, and what travels.
import type { Row } from '../item.ts';
import { met, none, not } from '../item.ts';
import { p } from '../proofs.ts';

const noTokens = not('a test that tries it on tokens of an identity provider; our own are random, and looked up');
const client = not('a test of this part of signing in with an identity provider');
const noServer = none('this is no authorization server');
const noTls = not('a test that tries it; TLS of the API and of the gateway is tried otherwise');

const tokens: readonly Row[] = [
  ['9.1.1', 'Signatures are checked before anything is believed', met(p.idTokens)],
  ['9.1.2', 'Only listed algorithms are accepted', met(p.idTokens)],
  ['9.1.3', 'Keys come from where they were set to come from', met(p.idTokens, p.idKeys)],
  ['9.2.1', 'Their times are looked at', met(p.idTokens)],
  ['9.2.2', 'They are of the kind that is wanted', noTokens],
  ['9.2.3', 'They are meant for us', met(p.idTokens)],
  ['9.2.4', 'Whoever makes them says whom they are for', none('no such tokens are made here')],
];

const oauth: readonly Row[] = [
  ['10.1.1', 'Tokens go only to those who need them', client],
  ['10.1.2', 'Only what we asked for is accepted', met(p.idTransactions)],
  ['10.2.1', 'The code flow is protected from forged requests', met(p.idTransactions, p.once)],
  ['10.2.2', 'Providers cannot be mixed up', met(p.idTransactions, p.idIssuer)],
  ['10.3.1', 'Access tokens are meant for us', client],
  ['10.3.2', 'What they delegate is all that is allowed', client],
  ['10.3.3', 'People are known by what is never given to another', met(p.accountFirst)],
  ['10.3.4', 'How strongly somebody was asked is looked at', client],
  ...(
    [
      ['10.4.1', 'Addresses to return to are listed'],
      ['10.4.2', 'Codes work once'],
      ['10.4.3', 'Codes are short-lived'],
      ['10.4.4', 'Clients have the grants that they need'],
      ['10.4.5', 'Refresh tokens cannot be replayed'],
      ['10.4.6', 'PKCE is asked for'],
      ['10.4.7', 'Unknown clients are treated as such'],
      ['10.4.8', 'Refresh tokens end'],
      ['10.4.9', 'People can revoke them'],
      ['10.4.10', 'Confidential clients are authenticated'],
      ['10.4.11', 'Clients have the scopes that they need'],
    ] as const
  ).map(([id, words]): Row => [id, words, noServer]),
  ['10.5.1', 'ID tokens cannot be replayed', met(p.idTransactions)],
  ['10.5.2', 'People are known by `sub`', met(p.idTokens, p.sessionAccount)],
  ['10.5.3', 'Metadata of another issuer is refused', met(p.idIssuer)],
  ['10.5.4', 'ID tokens are meant for us', met(p.idTokens)],
  ['10.5.5', 'Logging out from behind cannot be forced', client],
  ['10.6.1', 'The provider allows only good modes of response', noServer],
  ['10.6.2', 'Logging out cannot be forced', noServer],
  ['10.7.1', 'People consent to each request', noServer],
  ['10.7.2', 'They are told what they consent to', noServer],
  ['10.7.3', 'They can take it back', noServer],
];

const cryptography: readonly Row[] = [
  ['11.1.1', 'How keys are kept and replaced is written down', not('a policy after a standard; decision 0022 says it for secrets')],
  ['11.1.2', 'All keys and algorithms are listed', not('such a list')],
  ['11.2.1', 'Implementations are known and proven', not('a test that names them; all of it is Node.js’s own (OpenSSL)')],
  ['11.2.2', 'Algorithms and keys can be replaced', not('replacing an algorithm; keys can be')],
  ['11.2.3', 'Everything has 128 bits of strength', not('a test of it; AES-256, SHA-256 and tokens of 256 bits are used')],
  ['11.3.1', 'No weak modes or paddings', met(p.sealedElsewhere)],
  ['11.3.2', 'Only approved ciphers and modes', met(p.sealed, p.sealedElsewhere)],
  ['11.3.3', 'What is encrypted cannot be changed unseen', met(p.sealedElsewhere)],
  ['11.4.1', 'Only approved hashes', met(p.snapshotDigest, p.auditChain)],
  ['11.4.2', 'Passwords are kept by a slow function', none('there are no passwords; tokens have 256 bits, which need none')],
  ['11.4.3', 'Hashes for integrity have 256 bits', met(p.snapshotDigest, p.auditChain)],
  ['11.4.4', 'Keys from passwords are stretched', none('no key is made from a password')],
  ['11.5.1', 'What cannot be guessed is random, of 128 bits', met(p.tokensKept, p.tokensTaken)],
  ['11.6.1', 'Keys and signatures are of approved kinds', none('nothing is signed with a public key yet')],
];

const communication: readonly Row[] = [
  ['12.1.1', 'Only TLS 1.2 and 1.3', met(p.tlsAnswers, p.tlsRefuses)],
  ['12.1.2', 'Only recommended suites', noTls],
  ['12.1.3', 'Certificates of clients are checked before they count', met(p.mutualTls)],
  ['12.2.1', 'What is public goes over TLS', met(p.tlsAddresses, p.tlsGateway)],
  ['12.2.2', 'What is public has certificates that everybody trusts', noTls],
  ['12.3.1', 'Everything that comes in or goes out is encrypted', noTls],
  ['12.3.2', 'Certificates of others are checked', met(p.acmeTrust)],
  ['12.3.3', 'What goes between parts of it is encrypted', noTls],
  ['12.3.4', 'Certificates between parts are trusted by name', noTls],
];

export const identityChapters = [
  { title: 'V9 Self-contained tokens', rows: tokens },
  { title: 'V10 OAuth and OIDC', rows: oauth },
  { title: 'V11 Cryptography', rows: cryptography },
  { title: 'V12 Secure communication', rows: communication },
];
