#!/usr/bin/env bash
# bash scripts/postgres.sh DIR: puts Debian's own PostgreSQL server with every library it needs into DIR; its programs
# are in DIR/bin. About 60 MB down, 250 MB on disk, a minute.
# Exit code 3 and a line on stderr: it cannot be brought here.
set -euo pipefail

suite=forky
package=postgresql-18

dir=$(mkdir -p "$1" && cd "$1" && pwd)
if [ -x "$dir/bin/postgres" ] && "$dir/bin/postgres" --version 2>&1; then exit 0; fi

bash "$(dirname "$0")/debian.sh" "$dir" "$suite" "$package"

# They look for one another, and for what else they need, from where they stand: so each keeps its name and place, and
# is a starter of the real one beside it.
bin=$(echo "$dir"/root/usr/lib/postgresql/*/bin)
for program in postgres initdb pg_ctl; do
  mv "$bin/$program" "$bin/.$program"
  cat > "$bin/$program" <<'END'
#!/bin/sh
name=$(basename "$0")
here=$(cd "$(dirname "$0")" && pwd -P)
lib=$(echo "$here"/../../../*-linux-gnu)
exec "$lib"/ld-linux-*.so.* --library-path "$lib" --argv0 "$here/$name" "$here/.$name" "$@"
END
  chmod +x "$bin/$program"
done
ln -sfnr "$bin" "$dir/bin"
chmod -R a+rX "$dir" # It does not run as root, so root's tests run it as another user.
if ! "$dir/bin/postgres" --version 2>&1; then
  echo "$package from $suite does not run on this machine" >&2
  exit 3
fi
