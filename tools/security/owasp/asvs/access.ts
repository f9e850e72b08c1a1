// ASVS 5.0.0, V6 to V8: who somebody is, for how long, and what he may.
import type { Row } from '../item.ts';
import { met, none, not } from '../item.ts';
import { attacks, p } from '../proofs.ts';

const noPasswords = none('there are no passwords: callers have tokens that are made for them');
const noFactors = none('there are no further factors: people are known by the socket of the machine or by a token');
const noOutOfBand = none('nothing is sent out of band');
const noProvider = not('a look at how strongly the provider asked');
const noSessions = not('a page or a test of it for the sessions of people');

const authentication: readonly Row[] = [
  [
    '6.1.1',
    'How guessing is slowed down is written down',
    not('a page about it; SECURITY.md says that callers without a token are throttled together'),
  ],
  ['6.1.2', 'Words that may not be in passwords are written down', noPasswords],
  ['6.1.3', 'All ways to sign in are written down', met(p.openapi, p.socketOwner)],
  ['6.2.1', 'Passwords have at least 8 letters', noPasswords],
  ['6.2.2', 'They can be changed', noPasswords],
  ['6.2.3', 'Changing one takes the old one', noPasswords],
  ['6.2.4', 'Common ones are refused', noPasswords],
  ['6.2.5', 'They may be made of anything', noPasswords],
  ['6.2.6', 'They are not shown while they are typed', noPasswords],
  ['6.2.7', 'They may be pasted', noPasswords],
  ['6.2.8', 'They are checked as they are', noPasswords],
  ['6.2.9', 'They may have 64 letters', noPasswords],
  ['6.2.10', 'They do not end by themselves', noPasswords],
  ['6.2.11', 'Words of the place are refused', noPasswords],
  ['6.2.12', 'Those that leaked are refused', noPasswords],
  ['6.3.1', 'Guessing is slowed down', met(p.throttle, attacks('authentication'))],
  ['6.3.2', 'There are no accounts by default', met(p.unknownCaller, attacks('authentication'))],
  ['6.3.3', 'More than one factor is asked for', not('another factor than a token')],
  ['6.3.4', 'There is no other way in', met(p.unknownCaller, p.socketOwner, attacks('authentication'))],
  [
    '6.4.1',
    'Secrets that are given out first are random, and short-lived',
    not('a first secret that has to be changed: a token lives as long as its maker wishes'),
  ],
  ['6.4.2', 'There are no secret questions', noPasswords],
  ['6.4.3', 'Resetting a password is safe', noPasswords],
  ['6.4.4', 'A lost factor is replaced with the same care', noFactors],
  ['6.5.1', 'Codes work once', noFactors],
  ['6.5.2', 'Codes are kept as hashes', noFactors],
  ['6.5.3', 'Codes are random', noFactors],
  ['6.5.4', 'Codes cannot be guessed', noFactors],
  ['6.5.5', 'Codes end', noFactors],
  ['6.6.1', 'Codes by telephone are the last choice', noOutOfBand],
  ['6.6.2', 'Codes are for one request', noOutOfBand],
  ['6.6.3', 'Guessing codes is slowed down', noOutOfBand],
  ['6.8.1', 'One provider cannot speak for another', met(p.idIssuer, p.sessionAccount)],
  ['6.8.2', 'Signatures of assertions are checked', met(p.idTokens, p.idKeys)],
  ['6.8.3', 'SAML assertions are used once', none('SAML is not spoken')],
  ['6.8.4', 'How strongly somebody was asked is looked at', noProvider],
];

const sessions: readonly Row[] = [
  ['7.1.1', 'How long sessions live is written down', noSessions],
  ['7.1.2', 'How many at once is written down', noSessions],
  ['7.1.3', 'What belongs to signing in elsewhere is written down', noSessions],
  ['7.2.1', 'Tokens are checked by the server', met(p.tokensTaken, attacks('authentication'))],
  ['7.2.2', 'Tokens are made for each, not fixed', met(p.tokensKept)],
  ['7.2.3', 'Tokens are random, of 128 bits and more', met(p.tokensKept, p.tokensTaken)],
  ['7.2.4', 'Signing in makes a new one', met(p.sessionKept, p.once)],
  ['7.3.1', 'They end when nothing is done', met(p.sessionIdle)],
  ['7.3.2', 'They end at last', met(p.tokensEnd, p.sessionIdle)],
  ['7.4.1', 'What ended is of no use any more', met(p.tokensRevoked, p.tokensFamily, p.sessionRevoked, attacks('races'))],
  ['7.4.2', 'They end when somebody leaves', met(p.leavers)],
  ['7.4.3', 'Others can be ended when a factor changes', noFactors],
  ['7.4.4', 'Signing out is easy to find', met(p.logout)],
  ['7.4.5', 'Administrators can end those of others', met(p.tokensRevoked, p.tokensFamily, p.sessionRevoked)],
  ['7.5.1', 'Changing how one signs in asks again who one is', noSessions],
  ['7.5.2', 'People see theirs and can end them', met(p.sessionRevoked)],
  ['7.6.1', 'They end with those of the provider', noSessions],
  ['7.6.2', 'None is made without somebody wanting it', noSessions],
];

const authorization: readonly Row[] = [
  ['8.1.1', 'Who may do what is written down', met(p.grants, p.openapi)],
  [
    '8.1.2',
    'Who may see or set which member is written down',
    not('rules for single members: who may see a thing sees all of it but secrets'),
  ],
  ['8.2.1', 'An operation is for those who were given it', met(p.everyRole, attacks('privileges: role × operation × place'))],
  ['8.2.2', 'A thing is for those who were given it', met(p.sameWords, attacks('ids of others'))],
  ['8.2.3', 'A member is for those who were given it', met(p.words, attacks('mass assignment'))],
  ['8.3.1', 'It is the server that decides', met(p.everyRole, p.refusalsWritten, attacks('privileges: role × operation × place'))],
  [
    '8.4.1',
    'What one tenant does reaches no other',
    met(p.grants, attacks('ids of others'), attacks('privileges: role × operation × place')),
  ],
];

export const accessChapters = [
  { title: 'V6 Authentication', rows: authentication },
  { title: 'V7 Session management', rows: sessions },
  { title: 'V8 Authorization', rows: authorization },
];
