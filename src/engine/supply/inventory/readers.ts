// Every reader; the first that takes a path reads it.
import { cargoLock, goMod, goSum } from './compiled.ts';
import { npmInstalled, npmLock } from './npm.ts';
import { pipfile, pythonInstalled, pythonToml, requirements } from './python.ts';
import type { Reader } from './reader.ts';
import { apk, dpkg } from './system.ts';
import { pnpmLock, yarnLock } from './yarn.ts';

export const readers: readonly Reader[] = [
  npmInstalled,
  npmLock,
  pnpmLock,
  yarnLock,
  pythonInstalled,
  requirements,
  pythonToml,
  pipfile,
  goMod,
  goSum,
  cargoLock,
  dpkg,
  apk,
];
