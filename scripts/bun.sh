# Sourced by the other scripts, in the checkout's root: puts the pinned Bun first on PATH, from npm where need be.
# Needs Node with npm. What it brings lies in .tools; only the caches of npm and Bun are at home.

BUN_VERSION=1.4.5
TOOLS=$PWD/.tools
mkdir -p "$TOOLS"

# Where there is no home that can be written, the caches are kept here too.
if [ ! -w "${HOME:-/nonexistent}" ]; then
  mkdir -p "$TOOLS/home"
  export HOME="$TOOLS/home"
fi

# npm's package leaves the executable in one of two places, depending on whether its install script may run.
find_bun() {
  for candidate in "$TOOLS"/bun/node_modules/@oven/bun-*/bin/bun "$TOOLS"/bun/node_modules/bun/bin/bun.exe; do
    if [ -x "$candidate" ] && [ "$("$candidate" --version 2>/dev/null)" = "$BUN_VERSION" ]; then
      echo "$candidate"
      return 0
    fi
  done
  return 1
}

# In its folder and not by --prefix, which would make npm look for the machine's own settings (proxy, registry,
# certificates) there.
bring_bun() (
  mkdir -p "$TOOLS/bun"
  cd "$TOOLS/bun"
  echo '{"private":true}' > package.json
  npm install --ignore-scripts --no-save --no-package-lock --no-audit --no-fund --no-update-notifier --loglevel=error "bun@$BUN_VERSION" >&2
)

if [ "$(bun --version 2>/dev/null)" != "$BUN_VERSION" ]; then
  if ! BUN=$(find_bun); then
    command -v npm >/dev/null || { echo "npm is needed to bring Bun $BUN_VERSION: install Node.js with npm" >&2; exit 1; }
    echo "bringing Bun $BUN_VERSION from npm" >&2
    bring_bun || { echo "npm could not bring Bun $BUN_VERSION (see above)" >&2; exit 1; }
    BUN=$(find_bun) || { echo "npm brought no Bun $BUN_VERSION that runs on this machine" >&2; exit 1; }
  fi
  mkdir -p "$TOOLS/bin"
  ln -sf "$BUN" "$TOOLS/bin/bun"
  PATH=$TOOLS/bin:$PATH
  export PATH
fi
