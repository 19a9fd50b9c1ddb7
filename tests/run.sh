#!/usr/bin/env bash
# Everything from nothing: installs what is missing, configures, builds, runs all tests. The last line is the verdict.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<TEXT
usage: bash tests/run.sh [options] [-- CTEST OPTIONS]

  --core        the preset "core": no ITK, no LibTorch, workers that only pretend
  --asan        the preset "asan": under the address and undefined-behaviour sanitizers
  --oracles     also regenerate the golden numbers with MONAI and PyTorch and compare (installs 7 GB)
  --help        this text

example, only the tests of one module: bash tests/run.sh -- -R unit-volume
TEXT
}

preset=release oracles=no
while (($#)); do
  case $1 in
    --core) preset=core ;;
    --asan) preset=asan ;;
    --oracles) oracles=yes ;;
    --help) usage; exit 0 ;;
    --) shift; break ;;
    *) usage >&2; echo "tests/run.sh: error: unknown option $1" >&2; exit 2 ;;
  esac
  shift
done
if [[ $preset = core && $oracles = yes ]]; then
  echo "tests/run.sh: error: --oracles compares what --core does not build" >&2
  exit 2
fi

step=dependencies
announce() { step=$1; printf '\n== %s (%d s so far)\n' "$1" $SECONDS; }
finish() {
  local code=$?
  if ((code)); then
    printf '\ntests/run.sh: FAILED in "%s", preset %s, %d min %d s\n' "$step" $preset $((SECONDS / 60)) $((SECONDS % 60))
  else
    printf '\ntests/run.sh: all tests passed, preset %s, %d min %d s\n' $preset $((SECONDS / 60)) $((SECONDS % 60))
  fi
}
trap finish EXIT

announce "installing what is missing"
wanted=(--test)
if [[ $preset = core ]]; then wanted+=(--core); fi
if [[ $oracles = yes ]]; then wanted+=(--oracles); fi
paths=$(bash cmake/install-dependencies.sh "${wanted[@]}")
path_of() { sed -n "s/^$1=//p" <<<"$paths"; }

announce "configuring preset $preset"
settings=(-DRADBATCH_TESTS=ON "-DRADBATCH_ORACLES_PYTHON=$(path_of ORACLES_PYTHON)")
if [[ $preset != core ]]; then
  settings+=("-DLIBTORCH_ROOT=$(path_of LIBTORCH_ROOT)" "-DOPENVINO_ROOT=$(path_of OPENVINO_ROOT)")
fi
cmake --preset "$preset" "${settings[@]}"

announce "building"
cmake --build --preset "$preset" --parallel "$(nproc)"

announce "testing"
ctest --preset "$preset" --parallel "$(nproc)" --no-tests=error "$@"
