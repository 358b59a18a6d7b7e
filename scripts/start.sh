#!/bin/sh
# Builds juscode-shim and starts it, bringing what that needs: sh scripts/start.sh [options of juscode-shim]
set -eu
cd "$(dirname "$0")/.."
. scripts/bun.sh

# Only what the program itself needs, unless the packages of the tests, which are large, are there already.
production=--production
if [ -d node_modules/typescript ]; then production=; fi
bun install $production --frozen-lockfile --silent >&2

if [ ! -x dist/juscode-shim ] || [ -n "$(find src package.json bun.lock scripts/build.ts -newer dist/juscode-shim | head -n 1)" ]; then
  bun scripts/build.ts >&2
fi
exec dist/juscode-shim "$@"
