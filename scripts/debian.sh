#!/usr/bin/env bash
# bash scripts/debian.sh DIR SUITE PACKAGE: unpacks a Debian package with all that it needs into DIR/root. Started by
# its own loader and with its own C library it runs on any release of the host; nothing is installed on the host, and no
# root is needed.
# Exit code 3 and a line on stderr: it cannot be brought here.
set -euo pipefail

dir=$(mkdir -p "$1" && cd "$1" && pwd)
suite=$2
package=$3
keys=/usr/share/keyrings/debian-archive-keyring.gpg

give_up() {
  echo "$1" >&2
  exit 3
}

for tool in apt-get apt-config dpkg-deb; do
  command -v "$tool" >/dev/null || give_up "no $tool: $package comes from Debian's packages"
done
[ -r "$keys" ] || give_up "no $keys: $package comes from Debian's packages"
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m1 '/debian/\?$' || true)}
[ -n "$mirror" ] || give_up "apt knows no Debian mirror; name one by DEBIAN_MIRROR"

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
private_apt install -y --download-only --no-install-recommends "$package" || give_up "apt cannot bring $package from $suite"
for deb in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$deb" "$dir/root"; done
