#!/usr/bin/env bash
# How many turns of a call one core answers, beside the least that does and nginx; see README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. spec/bench/common.sh

usage() {
  cat <<'END'
spec/bench/turns.sh [--install] [--rounds 5] [--seconds 3] [--build FOLDER]

Measures webhook turns per second and their latency, at 64 and 1,024 connections, beside a bare
program with and without a store, and nginx. Needs two cores that nobody else uses. --install
fetches the packages it needs (apt).
END
}

rounds=5 seconds=3 install=''
while (($#)); do
  case $1 in
  --install) install=yes ;;
  --rounds) rounds=$2 && shift ;;
  --seconds) seconds=$2 && shift ;;
  --build) build=$2 && shift ;;
  *) usage >&2 && exit 2 ;;
  esac
  shift
done

packages='nginx-light libnginx-mod-http-lua lua-cjson'
if [[ $install ]]; then
  # shellcheck disable=SC2086
  apt-get install -q -y --no-install-recommends $packages >/dev/null
  systemctl stop nginx 2>/dev/null || true # Debian starts it; ours is another
fi
[[ -e /usr/lib/nginx/modules/ngx_http_lua_module.so ]] ||
  die "nginx and its Lua module are not here: apt-get install $packages, or give --install"

prepare turns
outdial=127.0.0.1:18091 nginx=127.0.0.1:18092 bare=127.0.0.1:18094 forgetful=127.0.0.1:18095

# A new store with so many calls that wait for digits; the calls are left in $folder/calls.
make_calls() {
  rm -f "$folder"/outdial.db*
  "$build/calls" "$1" "$folder/outdial.db" "$folder/scripts" "$outdial" >"$folder/calls"
}

# All servers run on the first core, the load on the second.
serve() { # STORE LEVEL
  start_engine "$1" "$outdial" "$2" taskset -c 0
  settle "$engine" 4
}

start_nginx() {
  mkdir "$folder/nginx"
  sed -e "s/LISTEN/$nginx/" -e "s/HOST/$nginx/" spec/bench/turns/nginx.conf >"$folder/nginx/nginx.conf"
  taskset -c 0 nginx -p "$folder/nginx/" -c nginx.conf >/dev/null 2>"$folder/nginx.log" &
  web=$! servers+=("$!")
}

start_bare() {
  taskset -c 0 "$build/bare" "$bare" "$folder/bare.db" &
  keeping=$! servers+=("$!")
  taskset -c 0 "$build/bare" "$forgetful" &
  forgetting=$! servers+=("$!")
}

# Until the process has had nothing to do; an engine's runs leave memory after three seconds.
settle() { # PID SECONDS
  local before='' now
  sleep "$2"
  while now=$(cut -d' ' -f14,15 "/proc/$1/stat") && [[ $now != "$before" ]]; do
    before=$now
    sleep 0.5
  done
}

load() {
  taskset -c 1 "$build/load" --seconds "$seconds" "$@"
}

# Figures, for whoever watches and for the summary.
note() {
  sed "s/^/$1 /" | tee -a "$folder/rounds" >&2
}

# take N: the next N calls. An engine, and a store, has each of them once.
taken=0
take() {
  sed -n "$((taken + 1)),$((taken + $1))p" "$folder/calls"
}

# The calls that were taken, once; whatever stands behind these goes to load.
play() { # NAME CONNECTIONS PID SECONDS-TO-SETTLE …
  take "$2" | load --connections "$2" --pid "$3" "${@:5}" | note "server=$1 connections=$2"
  settle "$3" "$4"
}

compare() {
  make_calls $((rounds * (64 + 1024)))
  serve "$folder/outdial.db" warning
  for ((round = 0; round < rounds; round++)); do
    for connections in 64 1024; do
      play outdial $connections "$engine" 4
      play bare $connections "$keeping" 0 --to "$bare"
      play bare_without_store $connections "$forgetting" 0 --to "$forgetful"
      play nginx $connections "$web" 0 --to "$nginx"
      taken=$((taken + connections))
    done
  done
  stop_engine
}

# What the disk costs: the same with a store in memory, where nothing waits for it.
weigh_disk() {
  make_calls $((rounds * 2 * 65))
  taken=0
  memory=$(mktemp -d /dev/shm/turns.XXXXXX)
  folders+=("$memory")
  cp "$folder/outdial.db" "$memory/"
  for ((round = 0; round < rounds; round++)); do
    for place in disk memory; do
      store=$folder/outdial.db
      [[ $place == disk ]] || store=$memory/outdial.db
      serve "$store" debug
      for connections in 1 64; do
        play "$place" $connections "$engine" 4
        taken=$((taken + connections))
      done
      stop_engine
      grep -o '[0-9]* rows in [0-9]* commits' "$folder/engine.log" |
        sed 's/\(.*\) rows in \(.*\) commits/rows=\1 commits=\2/' | note "server=$place-store"
    done
  done
}

start_nginx
start_bare
compare
weigh_disk
lua5.4 spec/bench/turns/summary.lua <"$folder/rounds"
