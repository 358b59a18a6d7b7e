#!/bin/sh
# Installs juscode-shim for this user, and checks what it has loaded before any of it runs:
#   curl -fsSL https://ADDRESS/install.sh | sh
#   sh install.sh [--from URL] [--to FOLDER] [--target NAME]
# --from, or JUSCODE_SHIM_FROM: where SHA256SUMS and the archives lie. --to, or JUSCODE_SHIM_TO: ~/.local/bin by default.
set -eu

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

# All is within a function, so that a script that arrives cut off does nothing.
main() {
  from=${JUSCODE_SHIM_FROM:-}
  to=${JUSCODE_SHIM_TO:-${HOME:-}/.local/bin}
  target=
  while [ $# -gt 0 ]; do
    case $1 in
      --from | --to | --target)
        [ $# -ge 2 ] || fail "$1 needs a value"
        case $1 in
          --from) from=$2 ;;
          --to) to=$2 ;;
          --target) target=$2 ;;
        esac
        shift 2
        ;;
      *) fail "there is no option \`$1\`; there are: --from URL, --to FOLDER, --target NAME" ;;
    esac
  done
  [ -n "$from" ] || fail "say where the release lies: --from URL (the folder that holds SHA256SUMS)"
  case $to in
    /.local/bin) fail "HOME is not set; say where to install it: --to FOLDER" ;;
  esac
  [ -n "$target" ] || target=$(this_machine)
  archive=juscode-shim-$target.tar.gz

  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
  load "$from/SHA256SUMS" "$work/SHA256SUMS"
  expected=$(awk -v name="$archive" '$2 == name { print $1 }' "$work/SHA256SUMS")
  [ "${#expected}" -eq 64 ] || fail "this release has nothing for $target; it has: $(awk '{ print $2 }' "$work/SHA256SUMS" | sed 's/^juscode-shim-//; s/\.tar\.gz$//' | tr '\n' ' ')"
  load "$from/$archive" "$work/$archive"
  found=$(sum "$work/$archive")
  [ "$found" = "$expected" ] || fail "$archive is not what it should be (SHA-256 $found instead of $expected): nothing was installed"
  tar -xzf "$work/$archive" -C "$work" juscode-shim
  "$work/juscode-shim" --version > "$work/version" 2>&1 || fail "it does not run on this machine: $(head -n 1 "$work/version"); another --target may: $target-baseline, $target-musl"

  mkdir -p "$to" || fail "$to cannot be made"
  # Put beside the old one and then in its place, which also works while that runs.
  cp "$work/juscode-shim" "$to/.juscode-shim.new" || fail "$to cannot be written; choose another by --to"
  chmod 755 "$to/.juscode-shim.new"
  mv -f "$to/.juscode-shim.new" "$to/juscode-shim"
  echo "$(cat "$work/version") is installed as $to/juscode-shim"
  case ":$PATH:" in
    *":$to:"*) echo "Try it: juscode-shim" ;;
    *) echo "Try it: $to/juscode-shim    ($to is not on your PATH)" ;;
  esac
}

this_machine() {
  case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    *) fail "there is no release for $(uname -s) by this script; take the archive for it yourself" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail "there is no release for processors of the kind $(uname -m)" ;;
  esac
  more=
  if [ "$os" = linux ]; then
    # Alpine and the like have another C library.
    if ls /lib/ld-musl-* > /dev/null 2>&1 && ! ls /lib*/ld-linux-* > /dev/null 2>&1; then more=-musl; fi
    if [ "$arch" = x64 ] && ! grep -qw avx2 /proc/cpuinfo 2> /dev/null; then more=$more-baseline; fi
  fi
  echo "$os-$arch$more"
}

load() {
  if command -v curl > /dev/null; then
    curl -fsSL --retry 2 -o "$2" "$1" || fail "$1 cannot be loaded"
  elif command -v wget > /dev/null; then
    wget -q -O "$2" "$1" || fail "$1 cannot be loaded"
  else
    fail "curl or wget is needed"
  fi
}

sum() {
  if command -v sha256sum > /dev/null; then
    sha256sum "$1"
  else
    shasum -a 256 "$1"
  fi | awk '{ print $1 }'
}

main "$@"
