# Sourced by the other scripts: puts the pinned Bun, brought from npm where need be, first on PATH.
# Needs Node and npm. Writes nothing outside the checkout.

BUN_VERSION=1.4.5
TOOLS=$PWD/.tools

# npm and Bun keep their caches at home; where there is none that can be written, they are kept here.
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

if [ "$(bun --version 2>/dev/null)" != "$BUN_VERSION" ]; then
  if ! BUN=$(find_bun); then
    command -v npm >/dev/null || { echo "npm is needed to bring Bun $BUN_VERSION; install Node.js with npm" >&2; exit 1; }
    echo "bringing Bun $BUN_VERSION from npm" >&2
    mkdir -p "$TOOLS/bun"
    echo '{"private":true}' > "$TOOLS/bun/package.json"
    npm install --prefix "$TOOLS/bun" --ignore-scripts --no-save --no-package-lock --no-audit --no-fund --loglevel=error "bun@$BUN_VERSION" >&2
    BUN=$(find_bun) || { echo "npm did not bring a Bun that runs on this machine" >&2; exit 1; }
  fi
  mkdir -p "$TOOLS/bin"
  ln -sf "$BUN" "$TOOLS/bin/bun"
  PATH=$TOOLS/bin:$PATH
  export PATH
fi
