#!/usr/bin/env bash
# How many turns of a call one core answers, beside nginx with its Lua module; see README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() {
  cat <<'END'
spec/bench/turns.sh [--install] [--rounds 5] [--seconds 3] [--build FOLDER]

Measures webhook turns per second and their latency, at 64 and 1,024 connections, beside
nginx. Needs two cores that nobody else uses. --install fetches the packages it needs (apt).
END
}

die() {
  printf 'turns: %s\n' "$@" >&2
  exit 1
}

rounds=5 seconds=3 install='' build=build/bench
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

cmake -G Ninja -S spec/bench -B "$build" >/dev/null
cmake --build "$build" -j "$(nproc)" >/dev/null
build=$(realpath "$build")
folder=$(mktemp -d "$build/turns.XXXXXX")
outdial=127.0.0.1:18091 nginx=127.0.0.1:18092
engine='' web=''
stop() {
  [[ $engine ]] || return 0
  kill "$engine"
  wait "$engine" || true
  engine=''
}
trap 'stop; [[ ! $web ]] || kill "$web"; rm -rf "$folder" ${memory:+"$memory"}' EXIT

# Routee's rate of one create-call a second and its status requests are not what is measured.
cp -r scripts "$folder/scripts"
sed -i -e '/^  rate = 1,/d' -e 's/poll = { first = 30, factor = 2, ceiling = 300/poll = { first = 3600, factor = 1, ceiling = 3600/' \
  "$folder/scripts/providers/routee.lua"

# A new store with so many calls that wait for digits; the calls are left in $folder/calls.
make_calls() {
  rm -f "$folder"/outdial.db*
  "$build/calls" "$1" "$folder/outdial.db" "$folder/scripts" "$outdial" >"$folder/calls"
}

# Both servers run on the first core, the load on the second.
start_engine() {
  taskset -c 0 "$build/outdial/outdial" serve --store "$1" --scripts "$folder/scripts" \
    --hooks "$outdial" --public-url "http://$outdial" --set routee.url=http://127.0.0.1:9 \
    --set routee.access_token=token --log-level "${2:-warning}" >/dev/null 2>"$folder/engine.log" &
  engine=$!
  settle "$engine"
}

start_nginx() {
  mkdir "$folder/nginx"
  sed -e "s/LISTEN/$nginx/" -e "s/HOST/$nginx/" spec/bench/turns/nginx.conf >"$folder/nginx/nginx.conf"
  taskset -c 0 nginx -p "$folder/nginx/" -c nginx.conf >/dev/null 2>"$folder/nginx.log" &
  web=$!
}

# Until the process has had nothing to do: its runs have left memory after three seconds.
settle() {
  local before='' now
  sleep 4
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

# take N: the next N calls, each of which is played once.
taken=0
take() {
  sed -n "$((taken + 1)),$((taken + $1))p" "$folder/calls"
}

play() { # NAME CONNECTIONS
  take "$2" | load --connections "$2" --pid "$engine" | note "server=$1 connections=$2"
  taken=$((taken + $2))
  settle "$engine"
}

play_nginx() { # CONNECTIONS
  load --connections "$1" --pid "$web" --to "$nginx" <"$folder/calls" |
    note "server=nginx connections=$1"
}

compare() {
  make_calls $((rounds * (64 + 1024)))
  start_engine "$folder/outdial.db"
  for ((round = 0; round < rounds; round++)); do
    for connections in 64 1024; do
      play outdial $connections
      play_nginx $connections
    done
  done
  stop
}

# What the disk costs: the same with a store in memory, where nothing waits for it.
weigh_disk() {
  make_calls $((rounds * 2 * 65))
  taken=0
  memory=$(mktemp -d /dev/shm/turns.XXXXXX)
  cp "$folder/outdial.db" "$memory/"
  for ((round = 0; round < rounds; round++)); do
    for place in disk memory; do
      store=$folder/outdial.db
      [[ $place == disk ]] || store=$memory/outdial.db
      start_engine "$store" debug
      play "$place" 1
      play "$place" 64
      stop
      grep -o '[0-9]* rows in [0-9]* commits' "$folder/engine.log" |
        sed 's/\(.*\) rows in \(.*\) commits/rows=\1 commits=\2/' | note "server=$place-store"
    done
  done
}

start_nginx
compare
weigh_disk
lua5.4 spec/bench/turns/summary.lua <"$folder/rounds"
