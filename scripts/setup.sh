#!/usr/bin/env bash
# Installs what building and running stylize needs: Debian packages, and LibTorch in the project's own .venv.
# Nothing outside the repository and the system's package database is touched; a second run takes a second.
#
# quickstart.sh and test.sh source this file for its functions and call `setup` themselves.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
VENV=$ROOT/.venv
STAMP=$VENV/.stylize-setup # a line `hash file` for each requirements file that is installed
BUILD_PACKAGES=(build-essential cmake ninja-build pkg-config ccache python3 python3-venv
  libopencv-core-dev libopencv-imgproc-dev libopencv-video-dev libdlib-dev libdlib-data libblas-dev liblapack-dev libvips-dev
  libavformat-dev libavcodec-dev libavutil-dev libswresample-dev libswscale-dev
  libcli11-dev libspdlog-dev nlohmann-json3-dev)
DEV_PACKAGES=(catch2 clang-format clang-tidy ffmpeg help2man slurm-wlm munge chromium-headless-shell
  zsh fish)

say() { printf '==> %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

setup_usage() {
  cat <<'EOF'
usage: scripts/setup.sh [--full] [--dev] [--train] [--bench]

Installs the Debian packages and Python wheels that stylize is built from; does nothing where all is there.

  --full   all of torch (5.0 GB), which GPUs, the exporters and the tests need; without it, and without an
           NVIDIA GPU, only what the binary needs on the CPU (1.3 GB)
  --dev    also Catch2, clang-format and clang-tidy, for scripts/test.sh
  --train  also what scripts/train_cel.py needs (implies --full)
  --bench  also the engines that scripts/bench/ compares with (implies --full)
EOF
}

# quietly WHAT REMEDY COMMAND...: runs it; its output is shown only when it fails, and then the script ends.
quietly() {
  local what=$1 remedy=$2 log begun=$SECONDS
  shift 2
  log=$(mktemp)
  say "$what"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 40 -- "$log" >&2
    rm -f -- "$log"
    die "$what: failed after $((SECONDS - begun)) s (see above). $remedy"
  fi
  rm -f -- "$log"
  if ((SECONDS - begun >= 5)); then say "    took $((SECONDS - begun)) s"; fi
}

# --- Debian packages ---------------------------------------------------------------------------------------------

missing_packages() { # NAME...: those that are not installed
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done
}

install_packages() { # NAME...
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "this set-up needs Debian 12's apt. Elsewhere install the counterparts of: $*"
  fi
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    say "Debian packages: all $# are there"
    return
  fi
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "Debian packages are missing and this is neither root nor is sudo there." \
        "As root: apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
    # Asks for the password here, where the question can be seen.
    sudo -n true 2>/dev/null || sudo -v || die "sudo refused. As root: apt-get install --no-install-recommends ${missing[*]}"
  fi
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
  quietly "Debian packages: reading the lists" "Check the network and /etc/apt/sources.list." "${apt[@]}" update
  quietly "Debian packages: installing ${missing[*]}" "Check the network and the free space, then run this again." \
    "${apt[@]}" install --no-install-recommends "${missing[@]}"
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} == 0)) || die "apt-get reported success, but these are still missing: ${missing[*]}"
}

# --- Python wheels -----------------------------------------------------------------------------------------------

has_nvidia_gpu() { [[ -d /proc/driver/nvidia ]] || nvidia-smi -L >/dev/null 2>&1; }

file_hash() { sha256sum <"$ROOT/scripts/$1" | cut -d' ' -f1; }

installed() { # FILE: this very requirements file is installed in the venv
  [[ -f $STAMP ]] && grep -qxF "$(file_hash "$1") $1" "$STAMP"
}

require_space() { # MB WHAT
  local free_mb
  free_mb=$(($(df --output=avail -k "$ROOT" | tail -n 1) / 1024))
  ((free_mb >= $1)) ||
    die "$2 needs $1 MB of disk space, but $ROOT has $free_mb MB left. Make room, then run this again."
}

make_venv() {
  if [[ -x $VENV/bin/python ]] && "$VENV/bin/python" -c 'import pip' 2>/dev/null; then return; fi
  # Debian's Python, not the first in PATH: pyenv's and conda's come and go with their versions.
  quietly "Python: making .venv" "Check that python3-venv is installed." /usr/bin/python3 -m venv --clear "$VENV"
}

# pip_install FILE MB [OPTION...]: MB is what wheels and downloads take together while pip is at work.
pip_install() {
  local file=$1 needed=$2 scratch=$VENV/tmp
  shift 2
  if installed "$file"; then return; fi
  require_space "$needed" "scripts/$file"
  rm -rf -- "$scratch"
  mkdir -p "$scratch" # pip's temporary files here: /tmp is often too small for torch
  quietly "Python: installing scripts/$file (up to $needed MB)" \
    "Check the network, the proxy settings and the free space, then run this again." \
    env TMPDIR="$scratch" "$VENV/bin/python" -m pip install --no-input --disable-pip-version-check \
    --progress-bar off "$@" -r "$ROOT/scripts/$file"
  rm -rf -- "$scratch"
  if [[ -f $STAMP ]]; then sed -i "/ ${file//./\\.}\$/d" "$STAMP"; fi
  echo "$(file_hash "$file") $file" >>"$STAMP"
}

check_libraries() { # libtorch_cpu.so must resolve, whatever pip believes
  local library missing
  library=$(find "$VENV"/lib/python3*/site-packages/torch/lib -name libtorch_cpu.so 2>/dev/null | head -n 1) || true
  [[ -n $library ]] || die "the torch wheel in .venv has no libtorch_cpu.so. Remove .venv and run this again."
  missing=$(ldd "$library" | awk '/not found/ { printf " %s", $1 }')
  [[ -z $missing ]] || die "LibTorch lacks$missing. Remove .venv and run this again."
}

install_wheels() { # full(0|1) EXTRA_FILE...
  local full=$1 before after
  shift
  before=$(cat "$STAMP" 2>/dev/null || true)
  make_venv
  if grep -qs ' requirements.txt$' "$STAMP"; then full=1; fi # what was full once is kept full
  if ((full)); then
    pip_install requirements.txt 8000
  else
    pip_install requirements-light.txt 2000 --no-deps
  fi
  local file
  for file in "$@"; do pip_install "$file" 1000; done
  after=$(cat "$STAMP")
  if [[ $before == "$after" ]]; then
    say "Python wheels: all there"
    return
  fi
  check_libraries
  if ((full)); then
    quietly "Python: trying torch" "Remove .venv and run this again." "$VENV/bin/python" -c 'import torch'
  fi
}

# --- for the scripts that source this ----------------------------------------------------------------------------

# How many compilers fit: one a core, and memory for each (a file that includes torch takes 1.4 GB under ASan).
build_jobs() {
  local cores by_memory
  cores=$(nproc)
  by_memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
  if ((by_memory < 1)); then by_memory=1; fi
  echo $((cores < by_memory ? cores : by_memory))
}

setup() {
  local full=0 dev=0 extras=() option
  for option in "$@"; do
    case $option in
      --full) full=1 ;;
      --dev) dev=1 ;;
      --train | --bench) full=1 extras+=("requirements-${option#--}.txt") ;;
      -h | --help) setup_usage && exit 0 ;;
      *) setup_usage >&2 && exit 2 ;;
    esac
  done
  local packages=("${BUILD_PACKAGES[@]}")
  if ((dev)); then packages+=("${DEV_PACKAGES[@]}"); fi
  # A GPU needs cuDNN, cuBLAS and the rest.
  if ((!full)) && has_nvidia_gpu; then
    say "NVIDIA GPU found: installing all of torch"
    full=1
  fi
  install_packages "${packages[@]}"
  # One at a time: two runs at once would write into the same venv.
  mkdir -p "$ROOT/build"
  exec 9>"$ROOT/build/.setup.lock"
  flock 9
  install_wheels "$full" "${extras[@]}"
  exec 9>&-
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  setup "$@"
  say "Ready. Next: scripts/quickstart.sh, or cmake --preset release"
fi
