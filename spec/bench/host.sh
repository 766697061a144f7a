#!/usr/bin/env bash
# What the engine costs the program that it is part of; see README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() {
  cat <<'END'
spec/bench/host.sh [--runs 10000] [--rounds 10000] [--build FOLDER]

Makes and frees so many engines, and looks whether anything of them stays; then has so many runs under way on
a host's loop and tells how long the engine held it. Nothing else should run meanwhile.
END
}

runs=10000 rounds=10000 build=build/bench
while (($#)); do
  case $1 in
  --runs) runs=$2 && shift ;;
  --rounds) rounds=$2 && shift ;;
  --build) build=$2 && shift ;;
  *) usage >&2 && exit 2 ;;
  esac
  shift
done

cmake -G Ninja -S spec/bench -B "$build" >/dev/null
cmake --build "$build" --target rounds hold >/dev/null
folder=$(mktemp -d "$build/host.XXXXXX")
trap 'rm -rf "$folder"' EXIT

# Routee's rate of one create-call a second and its status requests are not what is measured.
cp -r scripts "$folder/scripts"
sed -i -e '/^  rate = 1,/d' -e 's/poll = { first = 30, factor = 2, ceiling = 300/poll = { first = 86400, factor = 1, ceiling = 86400/' \
  "$folder/scripts/providers/routee.lua"

grown=''
"$build/rounds" memory:rounds "$rounds" || grown=yes
"$build/hold" "$folder/scripts" "$folder/outdial.db" "$runs"
[[ ! $grown ]]
