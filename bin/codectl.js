#!/usr/bin/env node
// Starts the CLI on a Node.js that can run it. Must be readable for every Node.js that knows import().
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const needed = [24, 21];
const here = join(dirname(fileURLToPath(import.meta.url)), '..');

if (isEnough(process.versions.node)) await start();
else {
  const pinned = [
    join(here, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node'),
    join(here, '..', `node-linux-${process.arch}`, 'bin', 'node'),
  ].find((path) => process.platform === 'linux' && existsSync(path));
  if (pinned) startWith(pinned);
  else {
    console.error(`error: codectl needs Node.js ${needed.join('.')} or newer; this is ${process.versions.node}.`);
    process.exit(12);
  }
}

function isEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > needed[0] || (major === needed[0] && minor >= needed[1]);
}

async function start() {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  await import(pathToFileURL(entry()).href);
}

/** The build, unless the sources are here and newer: then what was edited is what runs. */
function entry() {
  const built = join(here, 'dist', 'main', 'cli.js');
  const source = join(here, 'src', 'main', 'cli.ts');
  if (!existsSync(source)) return built;
  return existsSync(built) && newest(join(here, 'src')) <= statSync(built).mtimeMs ? built : source;
}

function newest(directory) {
  const times = readdirSync(directory, { withFileTypes: true }).map((found) => {
    const path = join(directory, found.name);
    return found.isDirectory() ? newest(path) : statSync(path).mtimeMs;
  });
  return Math.max(0, ...times);
}

/** The same program on another Node.js: same streams, same signals, same end. */
function startWith(node) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals)
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both of us.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  // Only now: a signal that came before we listen would end us and leave it behind.
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('error', (error) => {
    console.error(`error: ${node} cannot be started: ${error.message}`);
    process.exit(12);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const one of signals) process.removeAllListeners(one);
    process.kill(process.pid, signal);
  });
}
