# How the scripts beside this file measure; they read it in.

time_one() { # seconds of wall time, by the shell's own clock
  local start=$EPOCHREALTIME; sh -c "$1" || true; local end=$EPOCHREALTIME
  awk -v a="$start" -v b="$end" 'BEGIN { printf "%.4f\n", b - a }'
}
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
