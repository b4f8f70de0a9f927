#!/usr/bin/env bash
# The cache key of the binary: what it is built from, and for what.
set -euo pipefail
cd "${ACTION_PATH:?}"
hash() { sha256sum "$@" 2>/dev/null || shasum -a 256 "$@"; }
export -f hash
digest=$(find Cargo.toml Cargo.lock src rules .github/checksums.txt -type f | LC_ALL=C sort | tr '\n' '\0' |
  xargs -0 bash -c 'hash "$@"' hash | hash | cut -c 1-32)
printf 'key=stanch-%s-%s-%s-%s\n' "$(uname -s)" "$(uname -m)" "${VERSION:-source}" "$digest" >>"${GITHUB_OUTPUT:?}"
