#!/bin/sh
# Brings old releases of Codex CLI for the tests of `setup`: sh scripts/old-codex.sh FOLDER
# 0.133 is the last that reads profiles from config.toml, 0.107 a much older one. Together 130 MB to fetch.
set -eu
folder=$1
mkdir -p "$folder"
cd "$folder"
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "they are brought for Linux on x86-64 only" >&2
  exit 1
fi

bring() {
  version=$1 sum=$2
  if [ -e "$version/codex" ]; then return; fi
  npm pack --silent "@openai/codex@$version-linux-x64" > /dev/null
  archive=openai-codex-$version-linux-x64.tgz
  echo "$sum  $archive" | sha256sum --check --quiet
  mkdir -p "$version.part"
  tar -xzf "$archive" -C "$version.part"
  rm "$archive"
  # The program's place within the package has changed over time.
  mv "$(find "$version.part" -type f -name codex)" "$version.part/codex"
  rm -rf "$version.part/package"
  mv "$version.part" "$version"
}

bring 0.107.0 bf8995e37b753b41cf3b6a27881f571be9b20f33bdbf6ebe444b9cc97245df29
bring 0.133.0 298519feb7655b4bc0ffb17f15378d9e6365fb65c30f23ab00ab1e99eee3191d
