#!/usr/bin/env bash
# Measures stanch beside the physical limits of the same machine, interleaved, and prints medians and ratios.
#
#   benches/compare.sh REPO [COMMAND…]
#
# REPO is any git repository (bare ones: history only). Each further COMMAND is timed as well, run in REPO by `sh -c`.
# RUNS (default 5) counts the timed rounds after one warm-up; STANCH names the binary (default target/release/stanch).
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,7p' "$0"; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/benches/clock.sh"
stanch=${STANCH:-$here/target/release/stanch}
runs=${RUNS:-5}
repo=$(cd "$1" && pwd); shift
cd "$repo"
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

names=(); commands=()
add() { names+=("$1"); commands+=("$2"); }
add "git cat-file (history limit)" "git cat-file --batch-all-objects --batch --unordered --buffer >/dev/null"
add "stanch history" "'$stanch' history --no-cache --quiet --allow-incomplete --format json --output '$work/h.json'"
# The warm-up round fills its memory (REPO's git directory, stanch/).
add "stanch history, again" "'$stanch' history --quiet --allow-incomplete --format json --output '$work/h.json'"
if [ "$(git rev-parse --is-bare-repository)" = false ]; then
  git ls-files -z >"$work/files"
  add "cat of all files (tree limit)" "xargs -0 cat <'$work/files' >/dev/null 2>&1"
  add "stanch scan" "'$stanch' scan --quiet --format json --output '$work/s.json'"
  add "git diff --cached --quiet (staged limit)" "git diff --cached --quiet"
  add "stanch staged" "'$stanch' staged --quiet --format json --output '$work/t.json'"
fi
for command in "$@"; do add "$command" "$command"; done

for round in $(seq 0 "$runs"); do
  for i in "${!commands[@]}"; do
    seconds=$(time_one "${commands[$i]}")
    [ "$round" = 0 ] || echo "$seconds" >>"$work/$i"
  done
done
declare -A of
printf '%-45s %10s %10s\n' "median of $runs rounds" seconds "to limit"
for i in "${!commands[@]}"; do
  of[$i]=$(median "$work/$i")
  case ${names[$i]} in *limit*) limit=${of[$i]} ;; esac
  printf '%-45s %10s %10s\n' "${names[$i]:0:45}" "${of[$i]}" "$(awk -v a="${of[$i]}" -v b="$limit" 'BEGIN { printf "%.2f", a / b }')"
done
