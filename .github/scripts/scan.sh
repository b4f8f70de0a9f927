#!/usr/bin/env bash
# The action's scan step: annotations on standard output, SARIF and step summary to files, the exit code passed on.
set -uo pipefail
stanch=${STANCH:-$ACTION_PATH/target/release/stanch}
[ -n "${STANCH_CONFIG:-}" ] || unset STANCH_CONFIG
case $MODE in
  tree) command=(scan .) ;;
  history) command=(history) ;;
  range) command=(history "$RANGE") ;;
  *) echo "::error::unknown mode"; exit 2 ;;
esac
"$stanch" "${command[@]}" --format github --output - --format sarif --output "$SARIF" \
  --format markdown --output "${RUNNER_TEMP:-/tmp}/stanch-summary.md"
code=$?
[ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat "${RUNNER_TEMP:-/tmp}/stanch-summary.md" >>"$GITHUB_STEP_SUMMARY"
case $code in 0) result=clean ;; 1) result=leaks ;; 3) result=incomplete ;; *) result=error ;; esac
[ -z "${GITHUB_OUTPUT:-}" ] || { echo "result=$result"; echo "sarif=$SARIF"; } >>"$GITHUB_OUTPUT"
exit "$code"
