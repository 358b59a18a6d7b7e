#!/bin/sh
# Runs all tests, bringing what they need: sh scripts/test.sh [arguments of bun test]
# What cannot be brought is skipped by name and counted; with CI=true a skip is a failure.
set -eu
cd "$(dirname "$0")/.."
. scripts/bun.sh
bun install --frozen-lockfile --silent

fail() {
  echo "failed: $1"
  echo "0 passed, 1 failed"
  exit 1
}

bun scripts/build.ts || fail "build"
node_modules/.bin/oxfmt --check . || fail "format (run: bun run format)"
node_modules/.bin/oxlint || fail "lint"
node_modules/.bin/tsc --noEmit || fail "type check"

SHIM_EXECUTABLE=$PWD/dist/juscode-shim
export SHIM_EXECUTABLE
if bash scripts/llama-server.sh .tools/llama > .tools/llama.log 2>&1; then
  SHIM_LLAMA_SERVER=$PWD/.tools/llama/llama-server
  SHIM_TINY_GGUF=$PWD/.tools/tiny.gguf
  export SHIM_LLAMA_SERVER SHIM_TINY_GGUF
  bun scripts/tiny-gguf.ts .tools/tiny.gguf
  sed -n 's/^\(version: .*\)/llama-server \1/p' .tools/llama.log
else
  echo "skipped: llama-server cannot be brought here: $(tail -n 1 .tools/llama.log)"
fi

status=0
bun test "$@" > .tools/test.log 2>&1 || status=$?
grep -v '^(pass)' .tools/test.log || true
# Bun prints ` 12 pass`, ` 1 skip`, ` 0 fail`; a run that ended before that has failed.
count() { sed -n "s/^ *\([0-9][0-9]*\) $1\$/\1/p" .tools/test.log | tail -n 1; }
passed=$(count pass) failed=$(count fail) skipped=$(count skip)
passed=${passed:-0} failed=${failed:-0} skipped=${skipped:-0}
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
  echo "with CI=true nothing may be skipped"
  status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
