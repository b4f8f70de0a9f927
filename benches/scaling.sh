#!/usr/bin/env bash
# Tables of how stanch's cost grows: with threads, rules, history and findings. Medians of RUNS (default 5) interleaved rounds.
#
#   benches/scaling.sh REPO…
#
# Each REPO is a git repository with a work tree; the history table has a line for each. STANCH names the binary (default
# target/release/stanch). The text with findings is the first repository's, with drawn values put in.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,7p' "$0"; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/benches/clock.sh"
stanch=${STANCH:-$here/target/release/stanch}
runs=${RUNS:-5}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
first=$(cd "$1" && pwd)

table() { # title, then pairs of a name and a command; ratios are to the first
  local title=$1 i round; shift
  local names=() commands=()
  while [ $# -gt 0 ]; do names+=("$1"); commands+=("$2"); shift 2; done
  rm -f "$work"/t.*
  for round in $(seq 0 "$runs"); do
    for i in "${!commands[@]}"; do
      seconds=$(time_one "{ ${commands[$i]}; } >/dev/null 2>&1")
      [ "$round" = 0 ] || echo "$seconds" >>"$work/t.$i"
    done
  done
  printf '\n## %s\n\n| | seconds | to the first |\n|---|---|---|\n' "$title"
  for i in "${!names[@]}"; do
    awk -v name="${names[$i]}" -v a="$(median "$work/t.$i")" -v b="$(median "$work/t.0")" \
      'BEGIN { printf "| %s | %.3f | %.2f |\n", name, a, a / b }'
  done
}

quiet="--quiet --allow-incomplete -o /dev/null"
history() { echo "cd '$1' && '$stanch' history --no-cache --quiet --allow-incomplete -f json -o '$work/h.json' $2"; }
echo "# How the cost grows"
table "Threads (history of $(basename "$first"))" "1" "$(history "$first" '-j1')" "2" "$(history "$first" '-j2')"

lines=()
for repo in "$@"; do
  repo=$(cd "$repo" && pwd)
  blobs=$(git -C "$repo" cat-file --batch-all-objects --batch-check='%(objecttype)' | grep -c blob)
  limit="git -C '$repo' cat-file --batch-all-objects --batch --unordered --buffer"
  lines+=("git cat-file, $(basename "$repo"), $blobs blobs" "$limit" "stanch history" "$(history "$repo" '')")
done
table "History" "${lines[@]}"

# A configuration that switches off all rules but so many, evenly spread.
for count in 50 300; do
  "$stanch" rules list --format json | grep -o '"id": *"[^"]*"' | cut -d'"' -f4 |
    awk -v keep="$count" '{ id[NR] = $0 } END { print "rules:\n  disable:"
      for (i = 1; i <= NR; i++) if (int(i * keep / NR) == int((i - 1) * keep / NR)) print "    - " id[i] }' >"$work/rules-$count.yml"
done
table "Rules (work tree of $(basename "$first"))" \
  "all" "'$stanch' scan '$first' $quiet" \
  "300" "'$stanch' scan '$first' $quiet --config '$work/rules-300.yml'" \
  "50" "'$stanch' scan '$first' $quiet --config '$work/rules-50.yml'"

# Ten megabytes of the repository's text in forty files, with values that no one else draws.
git -C "$first" ls-files -z | (cd "$first" && xargs -0 cat 2>/dev/null) | tr -d '\000' | head -c 10000000 >"$work/text" || true
lines=()
for count in 0 10 2000 10000; do
  mkdir "$work/f$count"
  awk -v count="$count" -v dir="$work/f$count" -v total="$(wc -l <"$work/text")" '
    function drawn(len,  text) { text = ""; while (length(text) < len) text = text substr(all, int(rand() * 62) + 1, 1); return text }
    BEGIN { srand(5); all = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" }
    { file = dir "/" int((NR - 1) * 40 / total) ".txt"; print > file
      while (put < int(NR * count / total)) { put++; print "db_password = \"" drawn(20) "\"" > file } }' "$work/text"
  lines+=("$count" "'$stanch' scan '$work/f$count' $quiet")
done
table "Findings (10 MB of text)" "${lines[@]}"
