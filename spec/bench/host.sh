#!/usr/bin/env bash
# What the engine costs the program that it is part of; see README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. spec/bench/common.sh

usage() {
  cat <<'END'
spec/bench/host.sh [--runs 10000] [--rounds 10000] [--build FOLDER]

Makes and frees so many engines, and looks whether anything of them stays; then has so many runs under way on
a host's loop and tells how long the engine held it. Nothing else should run meanwhile.
END
}

runs=10000 rounds=10000
while (($#)); do
  case $1 in
  --runs) runs=$2 && shift ;;
  --rounds) rounds=$2 && shift ;;
  --build) build=$2 && shift ;;
  *) usage >&2 && exit 2 ;;
  esac
  shift
done

prepare host
grown=''
"$build/rounds" memory:rounds "$rounds" || grown=yes
"$build/hold" "$folder/scripts" "$folder/outdial.db" "$runs"
[[ ! $grown ]]
