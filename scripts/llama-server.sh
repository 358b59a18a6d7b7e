#!/usr/bin/env bash
# bash scripts/llama-server.sh DIR: puts Debian's own llama-server (llama.cpp) with every library it needs into
# DIR and writes the starter DIR/llama-server. It runs by its own loader and C library, so the host's
# release does not matter and nothing is installed on the host. About 20 MB down, 80 MB on disk, seconds.
set -euo pipefail
for tool in apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || { echo "no $tool: llama-server comes from Debian's packages" >&2; exit 3; }
done
dir=$(mkdir -p "$1" && cd "$1" && pwd)
suite=${LLAMA_SUITE:-forky} # the oldest Debian that packages llama.cpp
[ -x "$dir/llama-server" ] && exec "$dir/llama-server" --version

# A private apt: the host's own mirror and keys, its own (empty) package state.
apt=$dir/apt
mkdir -p "$apt"/etc/{apt.conf.d,preferences.d,sources.list.d,trusted.gpg.d} "$apt"/state/lists/partial "$apt"/cache/archives/partial
: > "$apt/state/status"
mirror=${LLAMA_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m1 '/debian/\?$')}
cat > "$apt/etc/sources.list.d/x.sources" <<X
Types: deb
URIs: $mirror
Suites: $suite
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
X
cat > "$apt/apt.conf" <<X
Dir::Etc "$apt/etc";
Dir::State "$apt/state";
Dir::State::status "$apt/state/status";
Dir::Cache "$apt/cache";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false"; // a mirror may lag; the signature is checked all the same
APT::Sandbox::User "root";
X
export APT_CONFIG=$apt/apt.conf DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install -y --download-only --no-install-recommends llama.cpp-tools
for deb in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$deb" "$dir/root"; done
unset APT_CONFIG
rm -rf "$apt"

lib=$(echo "$dir"/root/usr/lib/*-linux-gnu)
ln -sf "$lib"/ggml/backends*/*.so "$lib"/ # ggml looks for its CPU variants beside the program, here the loader
for tool in llama-server llama-quantize; do
  cat > "$dir/$tool" <<X
#!/bin/sh
exec "$lib"/ld-linux-*.so.* --library-path "$lib:$lib/llama" --argv0 $tool "$dir/root/usr/bin/$tool" "\$@"
X
  chmod +x "$dir/$tool"
done
exec "$dir/llama-server" --version
