#!/usr/bin/env bash
# Whether this machine can have a Docker Engine of its own for tests: installed where root and apt-get are there, then tried; else the reason why not.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

no() {
  echo "the tests on Docker are skipped: $*"
  exit 1
}

((EUID == 0)) || no "a Docker Engine of our own needs root"
export PATH=$PATH:/usr/sbin:/sbin
if ! command -v dockerd >/dev/null; then
  command -v apt-get >/dev/null || no "dockerd is not installed, and there is no apt-get to install it with"
  timeout 120 apt-get update -qq >/dev/null 2>&1
  DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -qq --no-install-recommends docker.io >/dev/null 2>&1 ||
    no "docker.io could not be installed"
fi
said=$(timeout 400 node tools/ci/docker.ts 2>&1) || no "${said##*$'\n'}"
