#!/usr/bin/env bash
# From a bare machine to a classified cohort: installs what is missing, builds, lays out a folder of real studies
# (the test images of the pydicom and nibabel wheels: CT, MR, CR, ultrasound, NIfTI) with a few broken files among them,
# classifies it twice (as a pipe of tools and in one go), shows that both agree, and makes the report.
#
# usage: bash examples/quickstart.sh [WORK_FOLDER]     (default: quickstart-output beside the source)
# With RADBATCH_BIN=FOLDER it takes the executables there instead of installing and building.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source_dir=$PWD
work=$(realpath -m "${1:-$source_dir/quickstart-output}")
say() { printf '\n== %s (%d s so far)\n' "$1" $SECONDS; }
# Tools end with 8 when a case could not be classified; with broken files among the studies that is what is wanted.
expect_8() {
  local code=0
  "$@" || code=$?
  if ((code != 8)); then echo "quickstart: error: expected exit status 8, got $code: $*" >&2; exit 1; fi
}

if [[ -z ${RADBATCH_BIN:-} ]]; then
  say "installing what is missing"
  paths=$(bash cmake/install-dependencies.sh)

  say "building"
  cmake --preset release -DRADBATCH_TESTS=OFF -DLIBTORCH_ROOT="$(sed -n 's/^LIBTORCH_ROOT=//p' <<<"$paths")"
  cmake --build --preset release --parallel "$(nproc)"
fi
bin=${RADBATCH_BIN:-$source_dir/build/bin} model=$source_dir/models/body-region

say "laying out a folder of studies"
rm -rf "$work"
mkdir -p "$work/wheels" "$work/studies"
python=python3
"$python" -m pip --version >/dev/null 2>&1 || python=/usr/bin/python3
"$python" -m pip --disable-pip-version-check download --quiet --no-deps --require-hashes --dest "$work/wheels" \
  --requirement /dev/stdin <<'PINS'
pydicom==3.0.2 --hash=sha256:abf971a5440f84dbaf42c4b6758e30e62480902584f8b270b9a5d146e278a07b
nibabel==5.4.2 --hash=sha256:553482c5f1e1034fc312edf6fb7f32236c0056439845d1c29293b7e8c98d4854
PINS
for wheel in "$work"/wheels/*.whl; do
  "$python" -m zipfile --extract "$wheel" "$work/unpacked"
done
dicom=$work/unpacked/pydicom/data/test_files nifti=$work/unpacked/nibabel/tests/data studies=$work/studies
cp -r "$dicom/dicomdirtests" "$studies/three-patients"              # CT, MR and CR of three patients in one tree
mkdir "$studies/single" "$studies/volumes" "$studies/腹部 CT" "$studies/broken"
cp "$dicom"/{MR_small.dcm,image_dfl.dcm,examples_palette.dcm,SC_rgb_rle.dcm,test-SR.dcm} "$studies/single"
cp "$dicom/CT_small.dcm" "$studies/腹部 CT/切片"                    # no ending, not ASCII
cp "$nifti"/{anatomical.nii,functional.nii,example4d.nii.gz} "$studies/volumes"
cp "$dicom/MR_truncated.dcm" "$studies/broken"
head -c 20000 "$nifti/example4d.nii.gz" >"$studies/broken/truncated.nii.gz"
echo "this is text" >"$studies/broken/text.dcm"
: >"$studies/broken/empty.nii"
inputs=("$studies")
shared=${RADBATCH_DATA:-$source_dir/../shared/data}
if [[ -d $shared/dicom ]]; then
  echo "with the studies of $(basename "$(dirname "$shared")")/$(basename "$shared")"
  mkdir "$studies/shared"
  for set in head-mri-t1-120 head-ct-ge-28 abdomen-ct-j2k-20; do cp -r "$shared/dicom/$set" "$studies/shared/"; done
  mkdir "$studies/shared/volumes"
  cp "$shared"/volumes/* "$studies/shared/volumes/"
fi
rm -rf "$work/wheels" "$work/unpacked"

say "convert | preprocess | infer"
pipe() {
  { "$bin/radbatch-convert" "${inputs[@]}" -o "$work/volumes" --stream || (($? == 8)); } |
    { "$bin/radbatch-preprocess" - --model "$model" -o "$work/tensors" --stream || (($? == 8)); } |
    expect_8 "$bin/radbatch-infer" - --model "$model" -o "$work/results-of-pipe"
}
pipe

say "infer, in one go"
expect_8 "$bin/radbatch-infer" --model "$model" "${inputs[@]}" -o "$work/results"

say "both give the same numbers"
cmp "$work/results/predictions.csv" "$work/results-of-pipe/predictions.csv"
echo "predictions.csv of the pipe and of the single run: the same bytes"

say "the same command again decodes nothing"
expect_8 "$bin/radbatch-infer" --model "$model" "${inputs[@]}" -o "$work/results"

say "the report"
report=$("$bin/radbatch-report" "$work/results")
cat "$work/results/predictions.csv"
printf '\nFailures and refusals:\n'
grep -vE '^[^,]*,done,' "$work/results/cases.csv" | cut -c1-160
printf '\nDone in %d min %d s. The report: %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$report"
