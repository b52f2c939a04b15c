#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Sets up tao on Debian 12: system packages, a Python environment in build/venv, then configure and build.
# Does only what is missing, so that running it again is quick.
#
#   third_party/setup.sh [--preset=NAME] [--deps-only] [--skip-packages] [--peers]

set -euo pipefail

packages=(
  # Compiler and LLVM/MLIR 22
  clang-22 lld-22 llvm-22-dev llvm-22-tools libmlir-22-dev mlir-22-tools libclang-rt-22-dev clang-format-22 clang-tidy-22
  # Libraries
  libdnnl-dev libprotobuf-dev protobuf-compiler libgtest-dev libbenchmark-dev libcli11-dev zlib1g-dev libzstd-dev
  # Build tools
  cmake ninja-build ccache git python3-dev python3-venv
)

usage() {
  cat <<'END'
usage: third_party/setup.sh [--preset=NAME] [--deps-only] [--skip-packages] [--peers]
  --preset=NAME    configure preset of CMakePresets.json: release (default), dev, asan
  --deps-only      install packages and the Python environment, build nothing
  --skip-packages  take the system packages as they are: for systems other than Debian 12
  --peers          also install JAX and PyTorch into build/venv-peers, for bench/compare alone
END
}

fail() {
  echo "setup.sh: error: $*" >&2
  exit "${status:-1}"
}

preset=release deps_only=no skip_packages=no peers=no
while [[ $# -gt 0 ]]; do
  case $1 in
    --preset=?*) preset=${1#*=} ;;
    --preset) [[ $# -gt 1 ]] || status=2 fail "--preset needs a name"; preset=$2; shift ;;
    --deps-only) deps_only=yes ;;
    --skip-packages) skip_packages=yes ;;
    --peers) peers=yes ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; status=2 fail "unknown argument '$1'" ;;
  esac
  shift
done

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/build/venv

# The preset must exist before anything is installed.
grep -q "\"name\": \"$preset\"" "$root/CMakePresets.json" || status=2 fail "CMakePresets.json has no preset '$preset'"

install_packages() {
  local id="" VERSION_ID="" missing=() package as_root=()
  if [[ -r /etc/os-release ]]; then
    id=$(. /etc/os-release && echo "${ID:-}")
    VERSION_ID=$(. /etc/os-release && echo "${VERSION_ID:-}")
  fi
  if [[ $id != debian || $VERSION_ID != 12 ]]; then
    fail "this script installs packages on Debian 12 only, and this is ${id:-an unknown system} ${VERSION_ID:-}." \
      "Install what corresponds to: ${packages[*]}; then run it with --skip-packages"
  fi
  for package in "${packages[@]}"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0

  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || fail "root rights or sudo are needed to install ${missing[*]}"
    as_root=(sudo)
  fi
  echo "setup.sh: installing ${missing[*]}"
  "${as_root[@]}" apt-get update -q || fail "apt-get update failed"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" \
    || fail "apt-get could not install ${missing[*]}"
}

# make_venv FOLDER REQUIREMENTS [pip option...]: an environment with exactly these packages.
make_venv() {
  local folder=$1 requirements=$2 stamp=$1/requirements.stamp wanted
  shift 2
  command -v python3 >/dev/null || fail "python3 is not installed"
  wanted=$(python3 --version && sha256sum <"$requirements")
  if [[ -r $stamp && $(<"$stamp") == "$wanted" ]]; then
    return 0
  fi
  echo "setup.sh: making the Python environment $folder"
  rm -rf "$folder"
  python3 -m venv "$folder" || fail "python3 -m venv failed; is python3-venv installed?"
  "$folder/bin/python" -m pip install -q --disable-pip-version-check "$@" -r "$requirements" \
    || fail "pip could not install the packages of $requirements"
  echo "$wanted" >"$stamp"
}

# The two parts of a CUDA toolkit that taoc needs, where no toolkit has them.
add_cuda() {
  local stamp=$venv/requirements-cuda.stamp requirements=$root/third_party/requirements-cuda.txt folder wanted
  for folder in "${TAO_CUDA_PATH:-}" "${CUDA_HOME:-}" /usr/local/cuda; do
    [[ -z $folder || ! -x $folder/bin/ptxas || ! -r $folder/nvvm/libdevice/libdevice.10.bc ]] || return 0
  done
  wanted=$(sha256sum <"$requirements")
  [[ ! -r $stamp || $(<"$stamp") != "$wanted" ]] || return 0
  echo "setup.sh: installing ptxas and libdevice into $venv"
  # Everything for CPUs works without them; tests that need them say so and are skipped.
  if ! "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps -r "$requirements"; then
    echo "setup.sh: warning: pip could not install the packages of $requirements; --target=cuda will find no toolkit" >&2
    return 0
  fi
  # pip does not keep the mode of every file.
  chmod +x "$venv"/lib/python3*/site-packages/nvidia/cu*/bin/ptxas
  echo "$wanted" >"$stamp"
}

build() {
  cd "$root"
  # Every preset uses the one environment.
  cmake --preset "$preset" -DTAO_VENV="$venv" >"$root/build/configure.log" 2>&1 || {
    cat "$root/build/configure.log" >&2
    fail "cmake --preset $preset failed"
  }
  local folder
  folder=$(sed -n 's/^-- Build files have been written to: //p' "$root/build/configure.log")
  ninja -C "$folder"
}

[[ $skip_packages == yes ]] || install_packages
make_venv "$venv" "$root/third_party/requirements.txt" --no-deps
add_cuda
[[ $peers == no ]] || make_venv "$root/build/venv-peers" "$root/third_party/requirements-peers.txt"
[[ $deps_only == yes ]] || build
