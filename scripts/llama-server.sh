#!/usr/bin/env bash
# bash scripts/llama-server.sh DIR: puts Debian's own llama-server (llama.cpp) with every library it needs into DIR
# and writes the starter DIR/llama-server. About 20 MB down, 80 MB on disk, seconds.
# Exit code 3 and a line on stderr: it cannot be brought here.
set -euo pipefail

suite=${LLAMA_SUITE:-forky} # the oldest Debian that packages llama.cpp

dir=$(mkdir -p "$1" && cd "$1" && pwd)
if [ -x "$dir/llama-server" ] && "$dir/llama-server" --version 2>&1; then exit 0; fi

bash "$(dirname "$0")/debian.sh" "$dir" "$suite" llama.cpp-tools

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
if ! "$dir/llama-server" --version 2>&1; then
  echo "llama-server from $suite does not run on this machine" >&2
  exit 3
fi
