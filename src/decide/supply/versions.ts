// Which of two versions is newer, as each ecosystem has it. Where that is not known here nothing is judged.
import * as pep440 from '@renovatebot/pep440';
import semver from 'semver';
import { compareDebian, isDebianVersion } from './debian-version.ts';

export interface VersionOrder {
  readonly reads: (version: string) => boolean;
  /** Of two versions that it reads: negative, 0 or positive. */
  readonly compare: (a: string, b: string) => number;
}

const semantic: VersionOrder = {
  reads: (version) => semver.valid(version) !== null,
  compare: (a, b) => semver.compare(a, b),
};
const python: VersionOrder = { reads: (version) => pep440.valid(version) !== null, compare: (a, b) => pep440.compare(a, b) };
const debian: VersionOrder = { reads: isDebianVersion, compare: compareDebian };

const orders: ReadonlyMap<string, VersionOrder> = new Map(
  Object.entries({
    npm: semantic,
    Go: semantic,
    'crates.io': semantic,
    PyPI: python,
    Debian: debian,
    Ubuntu: debian,
  }),
);

/** `Debian:12` → `Debian` */
export function shelfOf(ecosystem: string): string {
  return ecosystem.split(':')[0] ?? '';
}

export function orderOf(ecosystem: string): VersionOrder | undefined {
  return orders.get(shelfOf(ecosystem));
}

/** The order of a range: what it says, or what its ecosystem has. */
export function orderOfRange(type: 'SEMVER' | 'ECOSYSTEM' | 'GIT', ecosystem: string): VersionOrder | undefined {
  if (type === 'GIT') return undefined;
  return type === 'SEMVER' ? semantic : orderOf(ecosystem);
}
