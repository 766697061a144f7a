#!/usr/bin/env bash
# What runs that wait cost: in memory, at a start, and when all of them are due; see README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. spec/bench/common.sh

usage() {
  cat <<'END'
spec/bench/waiting.sh [--runs 100000] [--calls 100000] [--build FOLDER]

Measures the memory of so many waiting runs, the time from the start of an engine to its first answered
webhook with so many waiting calls in the store, and how fast as many sleeping runs are worked off that are
all due. Needs two cores that nobody else uses, and a GB of disk for each 100,000.
END
}

runs=100000 calls=100000
while (($#)); do
  case $1 in
  --runs) runs=$2 && shift ;;
  --calls) calls=$2 && shift ;;
  --build) build=$2 && shift ;;
  *) usage >&2 && exit 2 ;;
  esac
  shift
done

prepare waiting
hooks=127.0.0.1:18093

ask() {
  sqlite3 -readonly -cmd '.timeout 60000' "$1" "$2"
}

# The median of the numbers on standard input.
median() {
  sort -g | sed -n "$((($1 + 1) / 2))p"
}

resident() {
  sed -n 's/^VmRSS:\s*\([0-9]*\) kB/\1/p' "/proc/$1/status"
}

memory() {
  printf '%s sleeping runs, started one after another\n  ' "$runs"
  "$build/runs" "$runs" "$folder/asleep.db"
  rm -f "$folder"/asleep.db*
}

# An engine that has only to find one of very many calls.
ready() {
  "$build/calls" "$calls" "$folder/calls.db" "$folder/scripts" "$hooks" >"$folder/calls"
  local times=()
  for _ in 1 2 3 4 5; do
    local began
    began=$(date +%s.%N)
    start_engine "$folder/calls.db" "$hooks" warning
    times+=("$(shuf -n 1 "$folder/calls" | lua5.4 spec/bench/waiting/ready.lua "$began")")
    stop_engine
  done
  printf '%s waiting calls in the store\n  ready_ms=%s median of 5: %s\n' "$calls" \
    "$(printf '%s\n' "${times[@]}" | median 5)" "${times[*]}"
  start_engine "$folder/calls.db" "$hooks" warning
  sleep 10
  printf '  serving_mb=%s\n' "$(($(resident "$engine") / 1000))"
  stop_engine
  rm -f "$folder"/calls*
}

backlog() {
  local store=$folder/due.db most=0 now
  "$build/runs" "$runs" "$store" -3600 >/dev/null
  start_engine "$store" "$hooks" warning
  while [[ $(ask "$store" 'SELECT EXISTS (SELECT 1 FROM run WHERE finished IS NULL)') == 1 ]]; do
    kill -0 "$engine" || die "the engine has ended: $(cat "$folder/engine.log")"
    now=$(resident "$engine")
    ((now <= most)) || most=$now
    sleep 0.5
  done
  printf '%s sleeping runs, all due\n  %s cpu_us=%s most_mb=%s\n' "$runs" \
    "$(ask "$store" "SELECT 'ended=' || count(*) || ' seconds=' || ((max(finished) - min(finished)) / 1000.0)
      || ' per_second=' || (count(*) * 1000 / max(1, max(finished) - min(finished))) FROM run")" \
    "$(awk -v hz="$(getconf CLK_TCK)" -v runs="$runs" '{ printf "%.0f", ($14 + $15) / hz * 1e6 / runs }' "/proc/$engine/stat")" \
    "$((most / 1000))"
  stop_engine
}

memory
ready
backlog
