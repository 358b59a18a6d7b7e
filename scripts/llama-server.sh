#!/usr/bin/env bash
# bash scripts/llama-server.sh DIR: puts Debian's own llama-server (llama.cpp) with every library it needs into DIR
# and writes the starter DIR/llama-server. It runs by its own loader and C library, so the host's release does not
# matter, nothing is installed on the host, and no root is needed. About 20 MB down, 80 MB on disk, seconds.
# Exit code 3 and a line on stderr: it cannot be brought here.
set -euo pipefail

suite=${LLAMA_SUITE:-forky} # the oldest Debian that packages llama.cpp
keys=/usr/share/keyrings/debian-archive-keyring.gpg

give_up() {
  echo "$1" >&2
  exit 3
}

dir=$(mkdir -p "$1" && cd "$1" && pwd)
if [ -x "$dir/llama-server" ] && "$dir/llama-server" --version 2>&1; then exit 0; fi

for tool in apt-get apt-config dpkg-deb; do
  command -v "$tool" >/dev/null || give_up "no $tool: llama-server comes from Debian's packages"
done
[ -r "$keys" ] || give_up "no $keys: llama-server comes from Debian's packages"
mirror=${LLAMA_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m1 '/debian/\?$' || true)}
[ -n "$mirror" ] || give_up "apt knows no Debian mirror; name one by LLAMA_MIRROR"

# A private apt: the host's own mirror, proxy and keys, its own (empty) package state.
apt=$dir/apt
rm -rf "$apt" "$dir/root"
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt"/etc/{apt.conf.d,preferences.d,sources.list.d,trusted.gpg.d} "$apt"/state/lists/partial "$apt"/cache/archives/partial
: > "$apt/state/status"
cat > "$apt/etc/sources.list.d/x.sources" <<END
Types: deb
URIs: $mirror
Suites: $suite
Components: main
Signed-By: $keys
END
{
  apt-config dump | grep -i '^Acquire::.*proxy' || true
  cat <<END
Dir::Etc "$apt/etc";
Dir::State "$apt/state";
Dir::State::status "$apt/state/status";
Dir::Cache "$apt/cache";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false"; // a mirror may lag; the signature is checked all the same
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
APT::Sandbox::User "root"; // the files belong to whoever runs this
END
} > "$apt/apt.conf"

private_apt() { APT_CONFIG=$apt/apt.conf DEBIAN_FRONTEND=noninteractive apt-get -qq "$@"; }
private_apt --error-on=any update || give_up "apt cannot read $suite from $mirror"
private_apt install -y --download-only --no-install-recommends llama.cpp-tools || give_up "apt cannot bring llama.cpp-tools from $suite"
for deb in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$deb" "$dir/root"; done

# ggml looks for its variants for each processor beside the program, which here is the loader.
lib=$(echo "$dir"/root/usr/lib/*-linux-gnu)
ln -sfr "$lib"/ggml/backends*/*.so "$lib"/

cat > "$dir/llama-server" <<'END'
#!/bin/sh
root=$(cd "$(dirname "$0")" && pwd)/root/usr
lib=$(echo "$root"/lib/*-linux-gnu)
exec "$lib"/ld-linux-*.so.* --library-path "$lib:$lib/llama" --argv0 llama-server "$root/bin/llama-server" "$@"
END
chmod +x "$dir/llama-server"
"$dir/llama-server" --version 2>&1 || give_up "llama-server from $suite does not run on this machine"
