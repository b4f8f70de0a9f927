#!/usr/bin/env bash
# Counts the instructions of stanch's hot paths under callgrind, so that a later change can be held against them.
#
#   benches/baseline.sh >benches/BASELINE.md
#
# Needs valgrind and git. STANCH names the binary (default target/release/stanch). The input is this package's own
# sources, repeated and changed in fixed ways: the same everywhere, apart from what a change to them does.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
stanch=${STANCH:-$here/target/release/stanch}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export HOME=$work GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
export GIT_AUTHOR_DATE=2026-01-01T00:00:00Z GIT_COMMITTER_DATE=2026-01-01T00:00:00Z

repo=$work/repo
git init -q "$repo"
cp -r "$here/src/detect" "$here/src/source" "$here/src/text" "$repo"
cd "$repo"
git add -A && git commit -qm "One"
for version in $(seq 40); do
  # One line in each of a few files, so that the pack holds deltas.
  for file in $(git ls-files | awk -v n="$version" 'NR % 40 == n % 40'); do sed -i "5i // version $version" "$file"; done
  git add -A && git commit -qm "Version $version"
done
git gc -q
echo "// staged" >>text/mod.rs && git add -A

count() { # millions of instructions of a run on one thread
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$stanch" "$@" --quiet --jobs 1 2>&1 >/dev/null |
    awk '/Collected/ { printf "%.1f", $NF / 1e6 }'
}
bytes() { awk -v n="$1" 'BEGIN { printf "%.2f MB", n / 1e6 }'; }

tree=$(git ls-files -z | xargs -0 cat | wc -c)
blobs=$(git cat-file --batch-all-objects --batch-check='%(objecttype) %(objectsize)' | awk '$1 == "blob" { n += $2 } END { print n }')
cat <<TABLE
# Instructions of the hot paths

Millions of instructions, counted by callgrind on one thread; \`benches/baseline.sh\` makes this page.

| run | input | instructions |
|---|---|---|
| start: \`stanch scan -\` of nothing | 0 MB | $(count scan - </dev/null) M |
| staged: one line | $(wc -l < <(git ls-files)) files | $(count staged) M |
| \`stanch scan\` of the work tree | $(bytes "$tree") | $(count scan) M |
| \`stanch history\`, deltas | $(bytes "$blobs") of blobs | $(count history --no-cache) M |
| \`stanch history --full-scan\` | $(bytes "$blobs") of blobs | $(count history --no-cache --full-scan) M |
TABLE
