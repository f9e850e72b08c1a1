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
# The Engine, and a registry for it; without the registry only the tests that need one are skipped, and say so.
missing=()
command -v dockerd >/dev/null || missing+=(docker.io)
command -v docker-registry >/dev/null || missing+=(docker-registry)
if ((${#missing[@]} > 0)) && command -v apt-get >/dev/null; then
  timeout 120 apt-get update -qq >/dev/null 2>&1
  for package in "${missing[@]}"; do
    DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1
  done
fi
command -v dockerd >/dev/null || no "dockerd is not installed, and docker.io could not be"
said=$(timeout 400 node tools/ci/docker.ts 2>&1) || no "${said##*$'\n'}"
