#!/usr/bin/env bash
# The action's scan: deepens the clone where the event needs it, scans, and tells it in every way that the runner reads.
#
# What it decides comes from stanch; this script only fetches, calls and copies. Repository text is printed with workflow
# commands switched off.
set -uo pipefail
stanch=${STANCH:?}
folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/stanch.XXXXXX")
output=${GITHUB_OUTPUT:-/dev/null}
summary=${GITHUB_STEP_SUMMARY:-/dev/null}

say() { printf 'stanch action: %s\n' "$1"; }
fail() { printf '::error title=stanch action::%s\n' "$1"; printf 'result=error\n' >>"$output"; exit 2; }

# Prints a file in which a line may look like a command.
quote() {
  local word
  word=stanch$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '::stop-commands::%s\n' "$word"
  cat "$1"
  printf '\n::%s::\n' "$word"
}

case ${SARIF:=$folder/stanch.sarif} in *$'\n'*) fail "sarif: a path has no line break" ;; esac
for name in CONFIG BASE HEAD; do
  case ${!name:-} in *$'\n'*) fail "$name: no line break is allowed" ;; esac
done

common=()
[ -z "${CONFIG:-}" ] || common+=(--config "$CONFIG")
unset STANCH_CONFIG STANCH_ALLOW_POLICY_CHANGE
change=()
[ "${ALLOW_POLICY_CHANGE:-false}" != true ] || change+=(--allow-policy-change)
case ${MODE:-auto} in
  auto) command=(ci ${change[@]+"${change[@]}"}) ;;
  range)
    [ -n "${BASE:-}" ] && [ -n "${HEAD:-}" ] || fail "mode range needs base and head"
    command=(ci "--base=$BASE" "--head=$HEAD" ${change[@]+"${change[@]}"})
    ;;
  tree) command=(scan .) ;;
  history) command=(history) ;;
  *) fail "mode: not one of auto, range, tree and history" ;;
esac

# Nothing that the clone's configuration names is run but the transport that the checkout itself used.
fetch() {
  git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c gc.auto=0 -c maintenance.auto=false \
    -c fetch.recurseSubmodules=false -c submodule.recurse=false -c protocol.ext.allow=never \
    fetch --quiet --no-tags --no-recurse-submodules --no-auto-maintenance "$@"
}

# Fetches each of the wanted things. One that the server no longer has (the tip before a forced push) must not keep the others away.
fetch_wanted() {
  [ ${#wanted[@]} -gt 0 ] || return 0
  fetch "$@" origin "${wanted[@]}" 2>/dev/null && return
  local one
  for one in "${wanted[@]}"; do fetch "$@" origin "$one" || say "fetching ${one:0:60} failed"; done
}

upload_mode=${MODE:-auto}
if [ "${command[0]}" = ci ]; then
  for step in 0 100 1000 all; do
    "$stanch" "${command[@]}" --plan >"$folder/plan" 2>"$folder/plan.error"
    code=$?
    { [ $code -eq 3 ] && [ "${DEEPEN:-true}" = true ] && [ "$step" != all ]; } || break
    wanted=()
    while IFS= read -r id; do wanted+=("$id"); done < <(sed -n 's/^want \([0-9a-f]\{40,64\}\)$/\1/p' "$folder/plan")
    branch=$(sed -n 's/^want branch \(..*\)$/\1/p' "$folder/plan")
    [ -z "$branch" ] || wanted+=("+refs/heads/$branch:refs/remotes/origin/$branch")
    if [ "$(git rev-parse --is-shallow-repository)" != true ]; then
      # What the last fetch did not change, the next one does not either.
      { [ ${#wanted[@]} -gt 0 ] && ! cmp -s "$folder/plan" "$folder/plan.before"; } || break
      cp "$folder/plan" "$folder/plan.before"
      say "fetching what the event names"
      fetch_wanted
    elif grep -q '^want everything$' "$folder/plan"; then
      say "fetching the whole history"
      fetch --unshallow origin || say "fetching failed"
      fetch_wanted
    elif [ "$step" = 1000 ]; then
      say "fetching the whole history of what the event names"
      # The largest depth is all of it, also once the clone is whole.
      fetch_wanted --depth=2147483647
    else
      depth=$((step == 0 ? 100 : 1000))
      say "deepening the clone by $depth commits"
      fetch_wanted "--deepen=$depth"
    fi
  done
  [ -s "$folder/plan" ] && quote "$folder/plan"
  upload_mode=$(sed -n 's/^mode \([a-z-]*\)$/\1/p' "$folder/plan")
fi

formats=(--format text --output "$folder/text" --format sarif --output "$SARIF" --format markdown --output "$folder/summary"
  --format jsonl --output "$folder/lines" --receipt "$folder/receipt.json")
[ "${ANNOTATIONS:-true}" != true ] || formats+=(--format github --output "$folder/annotations")
"$stanch" "${command[@]}" ${common[@]+"${common[@]}"} --color never "${formats[@]}" 2>"$folder/errors"
code=$?

[ ! -s "$folder/errors" ] || quote "$folder/errors"
[ ! -s "$folder/text" ] || quote "$folder/text"
[ ! -s "$folder/annotations" ] || cat "$folder/annotations"
if [ "${SUMMARY:-true}" = true ] && [ -s "$folder/summary" ]; then
  # A step's summary holds no more than 1 MiB, and more is lost as a whole.
  if [ "$(wc -c <"$folder/summary")" -le 1000000 ]; then
    cat "$folder/summary" >>"$summary"
  else
    { head -c 1000000 "$folder/summary" | sed '$d'; printf '\n\n**Cut here: the report is larger than a summary may be.**\n'; } >>"$summary"
  fi
fi

case $code in 0) result=clean ;; 1) result=leaks ;; 3) result=incomplete ;; *) result=error ;; esac
[ $result != error ] || printf '::error title=stanch::The scan did not run; the log says why.\n'
findings=0
[ ! -s "$folder/lines" ] || findings=$(grep -c '^{"type":"finding".*"verdict":"deny"' "$folder/lines")

# A report of what one push or tag brought would close the alerts of the one before: only these say something that lasts.
may_upload=false
case ${UPLOAD:-auto} in
  true) may_upload=true ;;
  auto) case $upload_mode in pull-request | history | tree) [ "${IS_FORK:-}" = true ] || may_upload=true ;; esac ;;
esac
[ -s "$SARIF" ] && [ $result != error ] || may_upload=false
{
  printf 'result=%s\n' "$result"
  printf 'findings=%s\n' "$findings"
  printf 'sarif=%s\n' "$SARIF"
  printf 'receipt=%s\n' "$folder/receipt.json"
  printf 'upload=%s\n' "$may_upload"
} >>"$output"
exit "$code"
