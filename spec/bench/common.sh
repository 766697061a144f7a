# shellcheck shell=bash
# What the benchmarks with an engine share; sourced in the project's folder.

build=build/bench engine='' servers=() folders=()

die() {
  printf "${0##*/}: %s\n" "$@" >&2
  exit 1
}

# Builds the programs, makes a folder for what is to go with this script, and in it the scripts of
# an engine. Routee's rate of one create-call a second and its status requests are not what is measured.
prepare() { # NAME
  cmake -G Ninja -S spec/bench -B "$build" >/dev/null
  cmake --build "$build" >/dev/null
  build=$(realpath "$build")
  folder=$(mktemp -d "$build/$1.XXXXXX")
  folders+=("$folder")
  trap leave EXIT
  cp -r scripts "$folder/scripts"
  sed -i -e '/^  rate = 1,/d' \
    -e 's/poll = { first = 30, factor = 2, ceiling = 300/poll = { first = 86400, factor = 1, ceiling = 86400/' \
    "$folder/scripts/providers/routee.lua"
}

# Whatever stands behind these is the command that runs it: taskset.
start_engine() { # STORE HOOKS LEVEL …
  local store=$1 hooks=$2 level=$3
  shift 3
  "$@" "$build/outdial/outdial" serve --store "$store" --scripts "$folder/scripts" --hooks "$hooks" \
    --public-url "http://$hooks" --set routee.url=http://127.0.0.1:9 \
    --set routee.access_token=token --log-level "$level" >/dev/null 2>"$folder/engine.log" &
  engine=$!
}

stop_engine() {
  [[ $engine ]] || return 0
  kill "$engine"
  wait "$engine" || true
  engine=''
}

leave() {
  stop_engine
  ((!${#servers[@]})) || kill "${servers[@]}"
  rm -rf "${folders[@]}"
}
