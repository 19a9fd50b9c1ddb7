#!/usr/bin/env bash
# Trains body-region and recomputes its card. About six minutes of one core.
#   RADBATCH_DATA=<folder with sets/mednist-12000.tar.gz>  (default: shared/data beside the repository)
#   PYTHON=<interpreter with requirements.txt>             (default: python3)
#   train.sh [OUT]                                         bundle folder to write (default: this one)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
data=${RADBATCH_DATA:-$here/../../../shared/data}
python=${PYTHON:-python3}
out=${1:-$here}
archive=$data/sets/mednist-12000.tar.gz
if [[ ! -r $archive ]]; then
  echo "train.sh: error: $archive is not there; set RADBATCH_DATA to the folder that holds sets/mednist-12000.tar.gz" >&2
  exit 3
fi
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
"$python" "$here/train.py" --data "$archive" --out "$out"
if [[ $out -ef $here ]]; then
  real=()
  [[ -d $data/dicom ]] && real=(--real "$data")
  "$python" "$here/evaluate.py" --data "$archive" "${real[@]}" --write
fi
