#!/bin/sh
# Runs all checks and tests, bringing what they need: sh scripts/test.sh [arguments of bun test]
# What cannot be brought is skipped by name and counted; with CI=true a skip is a failure. The last line tells the
# numbers, however the run ends: "12 passed, 0 failed, 1 skipped".
set -eu
cd "$(dirname "$0")/.."

passed=0 failed=0 skipped=0
finish() {
  status=$?
  trap - EXIT
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
    echo "with CI=true nothing may be skipped"
    status=1
  fi
  if [ "$failed" -gt 0 ]; then status=1; fi
  echo "$passed passed, $failed failed, $skipped skipped"
  exit "$status"
}
trap finish EXIT

# A check that fails is counted, and the tests run all the same.
check() {
  name=$1
  shift
  if ! "$@"; then
    echo "failed: $name"
    failed=$((failed + 1))
  fi
}

. scripts/bun.sh
bun install --frozen-lockfile --silent
bun scripts/build.ts

# Meanwhile: they take a minute.
mkdir -p .tools
sh scripts/agents.sh .tools/agents > .tools/agents.log 2>&1 &
agents=$!

# With --bun their scripts run by Bun, so that the machine's Node may be an old one.
check "format (run: bun run format)" bun --bun node_modules/.bin/oxfmt --check .
check "lint" bun --bun node_modules/.bin/oxlint
check "types" bun --bun node_modules/.bin/tsc --noEmit

export SHIM_EXECUTABLE="$PWD/dist/juscode-shim"
export SHIM_LLAMA_SERVER="$PWD/.tools/llama/llama-server"
export SHIM_TINY_GGUF="$PWD/.tools/tiny.gguf"
bun scripts/tiny-gguf.ts "$SHIM_TINY_GGUF"
if bash scripts/llama-server.sh .tools/llama > .tools/llama.log 2>&1; then
  sed -n 's/^version: /llama-server /p' .tools/llama.log
else
  echo "skipped: llama-server cannot be brought here: $(tail -n 1 .tools/llama.log)"
fi

wait "$agents" || sed 's/^/skipped: /' .tools/agents.log

# A server that the machine has is used; Debian puts it beside no path.
if ! ls /usr/lib/postgresql/*/bin/postgres > /dev/null 2>&1; then
  if bash scripts/postgres.sh .tools/postgres > .tools/postgres.log 2>&1; then
    tail -n 1 .tools/postgres.log
  else
    echo "skipped: PostgreSQL cannot be brought here: $(tail -n 1 .tools/postgres.log)"
  fi
fi

# The numbers are read from Bun's closing lines, ` 12 pass`, ` 1 skip`, ` 0 fail`, which must come without colours.
unset FORCE_COLOR
rm -f .tools/test.status
{ NO_COLOR=1 bun test --only-failures "$@" 2>&1 || echo $? > .tools/test.status; } | tee .tools/test.log
count() {
  number=$(sed -n "s/^ *\([0-9][0-9]*\) $1\$/\1/p" .tools/test.log | tail -n 1)
  echo "${number:-0}"
}
passed=$(count pass)
skipped=$(($(count skip) + $(count todo)))
tests_failed=$(count fail)
# Also when it ended before it could count, or for an error outside of any test.
if [ -e .tools/test.status ] && [ "$tests_failed" -eq 0 ]; then tests_failed=1; fi
failed=$((failed + tests_failed))
