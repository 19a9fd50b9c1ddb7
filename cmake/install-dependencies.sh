#!/usr/bin/env bash
# Installs what radbatch is built from: Debian 12 packages, LibTorch out of the `torch` wheel, because Debian's own
# LibTorch is of 2022 and knows neither .pt2 files nor today's operators, and OpenVINO, which Debian 12 does not have,
# out of its wheel.
#
# The wheels are pinned by version and SHA-256 and unpacked into a cache folder that all clones of one user share.
# What is there already is checked and left alone, so a second run takes a second or two and calls neither apt nor pip.
# People's text goes to standard error; standard output carries NAME=PATH lines for tests/run.sh and scripts.
set -euo pipefail

readonly torch_version=2.15.0 openvino_version=2026.4.1
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<TEXT
usage: bash cmake/install-dependencies.sh [options]

  --core        only what the preset "core" needs: no ITK, no DCMTK, no LibTorch, no OpenVINO
  --test        also the programs and Python modules that the tests compare with
  --oracles     also a Python environment with MONAI and PyTorch (7 GB), for tests/run.sh --oracles
  --with-cuda   LibTorch with its CUDA parts (4 GB); the driver is yours to install
  --prefix DIR  where LibTorch, OpenVINO and the Python environment go
                (default: \$RADBATCH_CACHE, else \${XDG_CACHE_HOME:-~/.cache}/radbatch)
  --help        this text

environment: LIBTORCH_ROOT, OPENVINO_ROOT and RADBATCH_ORACLES_PYTHON name a LibTorch, an OpenVINO and a Python that
             are there already; nothing is downloaded in their place.
TEXT
}

say() { echo "install-dependencies: $*" >&2; }
fail() { say "error: $1"; [[ -z ${2:-} ]] || say "hint: $2"; exit 1; }

core_only=no with_tests=no with_oracles=no with_cuda=no prefix=
while (($#)); do
  case $1 in
    --core) core_only=yes ;;
    --test) with_tests=yes ;;
    --oracles) with_oracles=yes ;;
    --with-cuda) with_cuda=yes ;;
    --prefix) [[ -n ${2:-} ]] || fail "--prefix wants a folder"; prefix=$2; shift ;;
    --help) usage; exit 0 ;;
    *) usage >&2; fail "unknown option $1" ;;
  esac
  shift
done

# --- Debian packages ---------------------------------------------------------------------------------------------

core_packages=(g++ cmake ninja-build ccache git pkg-config python3 python3-pip ca-certificates
  libfmt-dev libhwy-dev nlohmann-json3-dev libcli11-dev libssl-dev libseccomp-dev zlib1g-dev libdeflate-dev libhdf5-dev
  libboost-math-dev libre2-dev libutf8proc-dev doctest-dev)
image_packages=(libinsighttoolkit5-dev libdcmtk-dev libpng-dev libarchive-dev libisal-dev
  libopenjp2-7-dev libcharls-dev libjxl-dev libjpeg62-turbo-dev
  libavformat-dev libavcodec-dev libswscale-dev libavutil-dev)
test_packages=(hdf5-tools dcmtk dicom3tools dcm2niix python3-numpy python3-h5py python3-pandas python3-pydicom
  python3-nibabel python3-pil ffmpeg librsvg2-bin poppler-utils fonts-noto-cjk)

wanted_packages() {
  printf '%s\n' "${core_packages[@]}"
  if [[ $core_only = no ]]; then printf '%s\n' "${image_packages[@]}"; fi
  if [[ $with_tests = yes ]]; then
    printf '%s\n' "${test_packages[@]}"
    if ! command -v chromium >/dev/null; then echo chromium; fi
  fi
  if [[ $with_oracles = yes && -z ${RADBATCH_ORACLES_PYTHON:-} ]]; then printf '%s\n' python3-venv python3-dev; fi
}

installed_packages() {
  dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p'
}

install_packages() {
  command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
    fail "this is not Debian: apt-get and dpkg-query are missing" "packages wanted: $(wanted_packages | tr '\n' ' ')"
  local missing
  missing=$(comm -23 <(wanted_packages | sort -u) <(installed_packages | sort -u))
  if [[ -z $missing ]]; then
    say "Debian packages: all $(wanted_packages | wc -l) are installed"
    return
  fi
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      fail "Debian packages are missing, and you are neither root nor have sudo" \
        "as root: apt-get install --no-install-recommends $(tr '\n' ' ' <<<"$missing")"
    as_root=(sudo)
  fi
  say "Debian packages to install: $(tr "\n" " " <<<"$missing")"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
  # shellcheck disable=SC2086
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends \
    -o Dpkg::Use-Pty=0 $missing >&2
}

# --- The cache folder --------------------------------------------------------------------------------------------

# A root shell that sudo gave to another user has root's home: what it writes there that user would not find.
choose_cache() {
  local home_cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/radbatch
  if [[ -n $prefix ]]; then echo "$prefix"
  elif [[ -n ${RADBATCH_CACHE:-} ]]; then echo "$RADBATCH_CACHE"
  elif [[ ${SUDO_USER:-root} = root ]] && mkdir -p "$home_cache" 2>/dev/null && [[ -w $home_cache ]]; then
    echo "$home_cache"
  else echo "$source_dir/.cache/radbatch"; fi
}

can_write() { [[ -w $cache ]] || fail "cannot write in $cache" "choose another folder with --prefix"; }

python_with_pip() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -m pip --version >/dev/null 2>&1; then echo "$python"; return; fi
  done
  fail "no Python with pip" "apt-get install python3-pip"
}

# --- LibTorch ----------------------------------------------------------------------------------------------------

# torch 2.15.0 pins cuda-toolkit 13.2.2, which pins these. LibTorch wants libcudart and libcupti at load even where
# there is no GPU; the rest is for GPUs only.
cpu_wheels() {
  cat <<'PINS'
torch==2.15.0 --hash=sha256:48c2d861134c0b5697c7602cb5ffa68f62a2989fdcd1717e593356f67996ca1e
nvidia-cuda-runtime==13.2.86 --hash=sha256:3498247680dfddce31bad102af7e3e26fc795342a3cac64722bb0fa95e7f60f0
nvidia-cuda-cupti==13.2.86 --hash=sha256:8fa29f15dd8336181f961764d9d95236fc6b931dd0c8fcf8cd70aab0c310b586
PINS
}

cuda_wheels() {
  cat <<'PINS'
nvidia-cublas==13.4.1.3 --hash=sha256:a5917cb642cfb07f4a0231ee16aec7e2e0357d8cb8b1b78a0c9c68dba3e6afc7
nvidia-cuda-nvrtc==13.2.86 --hash=sha256:8111c5130e967b78222ea2124145f8efe9ce201b752b2579a2513100a53be1c5
nvidia-cufft==12.2.0.57 --hash=sha256:34da27fadf3979b0b042c43823f0530be8408b86df31ee0108e1ca0b621d4ef6
nvidia-nvjitlink==13.2.86 --hash=sha256:285a9cead9924391588d794400bdd7e8f9d1a277a7d78ed79acfa0ea702a14dd
nvidia-cufile==1.17.1.22 --hash=sha256:87feaf8c3ad20d3d03a01933181801ff6892bace5c8f0b1e4b48f319d3e62d36
nvidia-cusolver==12.2.0.11 --hash=sha256:fab5778f6769947389a1a6abc07e635576825a08c0ffc68c3ae7f1392c794b42
nvidia-cusparse==12.7.10.12 --hash=sha256:25907c75e4db1581685f06f61cc6cdecc04611765516a52373e0a18ebd69fa00
nvidia-cudnn-cu13==9.26.0.51 --hash=sha256:9c976d539786698c71d6bcdbe2053b7485fae062ff7e1215d2f2ff67b1a2149a
nvidia-cusparselt-cu13==0.8.1 --hash=sha256:786ce87568c303fadb5afcc7102d454cd3040d75f6f8626f5db460d1871f4dd0
nvidia-nccl-cu13==2.30.7 --hash=sha256:cefa7fdb9710efd0f39c5f1be1d61ff6fc9a996c451265bd7fbdcf9455ed4b50
nvidia-nvshmem-cu13==3.7.2 --hash=sha256:b9a4f843c62b5dded8ad33fd6d220e007dcd39f06cee549292f5ba14ce4c235c
PINS
}

pinned_wheels() {
  cpu_wheels
  if [[ $with_cuda = yes ]]; then cuda_wheels; fi
}

# Complete and unchanged: unpacked from the wheels pinned here, and the libraries still have the bytes they had then.
libtorch_is_good() {
  [[ -f $1/wheels.txt && -f $1/libraries.sha256 ]] && pinned_wheels | cmp --silent - "$1/wheels.txt" &&
    (cd "$1" && sha256sum --check --status libraries.sha256)
}

# download_wheels WORK ROOT: the wheels of WORK/wheels.txt. Any Python may run pip: they are asked for by their own
# Python version and platform. Only the headers and libraries are taken from them.
download_wheels() {
  local python platforms=() glibc
  python=$(python_with_pip)
  for glibc in 28 27 26 25 24 18 17; do platforms+=(--platform "manylinux_2_${glibc}_x86_64"); done
  mkdir "$1/wheels" "$1/tmp"
  # The download folder is on the cache's disk, since /tmp may be a small one in memory; pip's own cache would keep
  # a second copy of half a gigabyte.
  TMPDIR=$1/tmp "$python" -m pip --disable-pip-version-check download --quiet --no-cache-dir --no-deps \
    --require-hashes --only-binary=:all: "${platforms[@]}" --platform manylinux2014_x86_64 \
    --implementation cp --python-version 3.11 --abi cp311 --abi none \
    --dest "$1/wheels" --requirement "$1/wheels.txt" >&2 ||
    fail "the wheels could not be downloaded, or are not the ones whose hashes are pinned (see above)" \
      "pip takes its index from pip.conf, PIP_INDEX_URL or PIP_FIND_LINKS; or set $2"
}

unpack_wheels() {
  python3 - "$with_cuda" "$2" "$1"/wheels/*.whl <<'PYTHON'
import re, sys, zipfile

with_cuda, target, wheels = sys.argv[1] == "yes", sys.argv[2], sys.argv[3:]
wanted = [r"torch/include/.*", r"torch/lib/lib(torch_cpu|c10)\.so", r"torch/lib/libgomp\.so\.1",
          r"nvidia/cu13/lib/lib(cudart|cupti)\.so\.[0-9]+", r"[^/]*\.dist-info/(licenses/.*|[Ll][Ii][Cc][Ee][Nn][SsCc].*)",
          # Of OpenVINO the run time, its reader of IR files, the CPU plugin and the threads; tbbbind knows NUMA nodes.
          r"openvino/include/.*", r"openvino/libs/libopenvino(_ir_frontend)?\.so\.[0-9]+",
          r"openvino/libs/libopenvino_intel_cpu_plugin\.so", r"openvino/libs/lib(tbb|tbbmalloc|tbbbind_2_5|hwloc)\.so\.[0-9]+"]
if with_cuda:
    wanted += [r"torch/lib/lib(torch_cuda|torch_cuda_linalg|torch_nvshmem|c10_cuda|caffe2_nvrtc)\.so",
               r"nvidia/[^/]+/lib/[^/]*\.so[.0-9]*"]
pattern = re.compile("|".join(f"(?:{p})" for p in wanted))
for wheel in wheels:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target, [n for n in archive.namelist() if pattern.fullmatch(n)])
PYTHON
}

install_libtorch() {
  if [[ -n ${LIBTORCH_ROOT:-} ]]; then
    say "LibTorch: $LIBTORCH_ROOT, named by LIBTORCH_ROOT"
    echo "LIBTORCH_ROOT=$LIBTORCH_ROOT"
    return
  fi
  local target=$cache/libtorch-$torch_version
  if [[ $with_cuda = yes ]]; then target+=-cuda; fi
  if libtorch_is_good "$target"; then
    say "LibTorch $torch_version: in $target, checked"
  else
    [[ $(uname -m) = x86_64 ]] ||
      fail "the pinned LibTorch is for x86_64, this is $(uname -m)" "unpack one yourself and set LIBTORCH_ROOT"
    can_write
    say "LibTorch $torch_version: downloading $(pinned_wheels | wc -l) wheels of torch and NVIDIA" \
      "($([[ $with_cuda = yes ]] && echo 2.5 GB || echo 550 MB)) into $target"
    work=$(mktemp --directory "$cache/unpacking-XXXXXX")
    pinned_wheels >"$work/wheels.txt"
    download_wheels "$work" LIBTORCH_ROOT
    unpack_wheels "$work" "$work/tree"
    mv "$work/wheels.txt" "$work/tree/"
    (cd "$work/tree" && sha256sum torch/lib/{libtorch_cpu,libc10}.so torch/lib/libgomp.so.1 \
      nvidia/cu13/lib/lib{cudart,cupti}.so.13 >libraries.sha256)
    chmod 755 "$work/tree"
    rm -rf "$target"
    mv --no-target-directory "$work/tree" "$target"
    rm -rf "$work"
    say "LibTorch $torch_version: unpacked, $(du --human-readable --summarize "$target" | cut --fields 1)"
  fi
  echo "LIBTORCH_ROOT=$target/torch"
}

# --- OpenVINO ----------------------------------------------------------------------------------------------------

openvino_wheel() {
  echo "openvino==$openvino_version --hash=sha256:2d22b1da03f7caf74df30e9f6417d0ab2f637e4a38e08e1dcd294d2c37407aaf"
}

openvino_is_good() {
  [[ -f $1/wheels.txt && -f $1/libraries.sha256 ]] && openvino_wheel | cmp --silent - "$1/wheels.txt" &&
    (cd "$1" && sha256sum --check --status libraries.sha256)
}

# radbatch is whole without it, so a machine for which there is no such wheel goes on.
install_openvino() {
  if [[ -n ${OPENVINO_ROOT:-} ]]; then
    say "OpenVINO: $OPENVINO_ROOT, named by OPENVINO_ROOT"
    echo "OPENVINO_ROOT=$OPENVINO_ROOT"
    return
  fi
  local target=$cache/openvino-$openvino_version
  if openvino_is_good "$target"; then
    say "OpenVINO $openvino_version: in $target, checked"
  elif [[ $(uname -m) != x86_64 ]]; then
    say "OpenVINO: left out, the pinned one is for x86_64 and this is $(uname -m); OPENVINO_ROOT may name another"
    return
  else
    can_write
    say "OpenVINO $openvino_version: downloading its wheel (60 MB) into $target"
    work=$(mktemp --directory "$cache/unpacking-XXXXXX")
    openvino_wheel >"$work/wheels.txt"
    download_wheels "$work" OPENVINO_ROOT
    unpack_wheels "$work" "$work/tree"
    mv "$work/wheels.txt" "$work/tree/"
    (cd "$work/tree" && sha256sum openvino/libs/* >libraries.sha256)
    chmod 755 "$work/tree"
    rm -rf "$target"
    mv --no-target-directory "$work/tree" "$target"
    rm -rf "$work"
    say "OpenVINO $openvino_version: unpacked, $(du --human-readable --summarize "$target" | cut --fields 1)"
  fi
  echo "OPENVINO_ROOT=$target/openvino"
}

# --- The Python that regenerates golden numbers ------------------------------------------------------------------

oracle_requirements() {
  printf '%s\n' torch==2.15.0 monai==1.6.1 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 statsmodels==0.15.0 itk==5.4.7 \
    nibabel==5.4.2 pydicom==3.0.2 pillow==13.0.0 pylibjpeg==2.1.0 pylibjpeg-libjpeg==2.5.0 \
    pylibjpeg-openjpeg==2.6.0 pylibjpeg-rle==2.2.0 python-gdcm==3.2.6 imagecodecs==2026.3.6 \
    dcm2niix==1.0.20260724 SimpleITK==2.5.7 pynrrd==1.1.3 h5py==3.16.0 anndata==0.12.19 xarray==2026.9.0 h5netcdf==1.8.2 \
    bids-validator-deno==3.0.2 torchvision==0.29.2 torchxrayvision==1.5.7 \
    torchio==1.2.1 scikit-image==0.26.0 pandas==2.3.3 pingouin==0.7.0 krippendorff==0.9.0 dcurves==1.1.7 scikit-misc==0.5.3 \
    "openvino==$openvino_version"
}

install_oracles() {
  if [[ -n ${RADBATCH_ORACLES_PYTHON:-} ]]; then
    say "Python for the oracles: $RADBATCH_ORACLES_PYTHON, named by RADBATCH_ORACLES_PYTHON"
    echo "ORACLES_PYTHON=$RADBATCH_ORACLES_PYTHON"
    return
  fi
  local target=$cache/oracles
  if oracle_requirements | cmp --silent - "$target/requirements.txt"; then
    say "Python for the oracles: in $target"
  else
    can_write
    say "Python for the oracles: installing PyTorch, MONAI and others (7 GB) into $target"
    rm -rf "$target"
    /usr/bin/python3 -m venv "$target"
    mkdir "$target/tmp"
    # shellcheck disable=SC2046
    TMPDIR=$target/tmp "$target/bin/python" -m pip --disable-pip-version-check install --quiet --no-cache-dir \
      $(oracle_requirements) >&2
    rmdir "$target/tmp"
    oracle_requirements >"$target/requirements.txt"
  fi
  echo "ORACLES_PYTHON=$target/bin/python"
}

# -----------------------------------------------------------------------------------------------------------------

work=
trap 'if [[ -n $work ]]; then rm -rf "$work"; fi' EXIT
install_packages
[[ $core_only = no || $with_oracles = yes ]] || exit 0
cache=$(choose_cache)
mkdir -p "$cache" || fail "cannot create $cache" "choose another folder with --prefix"
cache=$(cd "$cache" && pwd)
# Two clones that are set up at the same time share this folder. One that is complete may be read-only.
if [[ -w $cache ]]; then
  exec 9>"$cache/lock"
  flock 9
fi
if [[ $core_only = no ]]; then
  install_libtorch
  install_openvino
fi
if [[ $with_oracles = yes ]]; then install_oracles; fi
