#!/usr/bin/env bash
# Makes the committed golden numbers anew with the pinned MONAI, torch and the others, then shows what changed.
# With --check nothing is written; a difference is exit 1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python=$(bash cmake/install-dependencies.sh --test --oracles | sed -n 's/^ORACLES_PYTHON=//p')
"$python" -B tests/parity/make_golden.py "$@"
git --no-pager diff --stat -- tests/data/parity
