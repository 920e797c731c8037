#!/usr/bin/env bash
# From a fresh clone to a stylized picture: installs what is missing, builds, stylizes, says where the picture is.
set -euo pipefail
HERE=$PWD
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/setup.sh"

usage() {
  cat <<'EOF'
usage: scripts/quickstart.sh [--full] [PHOTO]

Installs what is missing, builds stylize and stylizes PHOTO (default: docs/astronaut.jpg) with the bundled style.
The picture is put into build/quickstart/; PHOTO itself is left alone. A second run takes seconds.

  --full  install all of torch even without a GPU, as exporting models needs it (see scripts/setup.sh --help)
EOF
}

setup_options=()
photo=""
for argument in "$@"; do
  case $argument in
    --full) setup_options+=(--full) ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
    *)
      if [[ -n $photo ]]; then usage >&2 && exit 2; fi
      photo=$(realpath -ms -- "$argument") # before the change of folder
      ;;
  esac
done

cd -- "$ROOT"
photo=${photo:-docs/astronaut.jpg}
[[ -f $photo ]] || die "$photo: no such picture. Name another: scripts/quickstart.sh PHOTO"

setup "${setup_options[@]}"

if [[ ! -f build/release/build.ninja ]]; then
  quietly "Configuring build/release" "Remove build/release and run this again." \
    cmake --preset release -DSTYLIZE_BUILD_TESTS=OFF
fi
# Not `quietly`: it takes minutes the first time, and ninja counts the files.
say "Building stylize with $(build_jobs) jobs (the first time takes some minutes)"
cmake --build build/release --target stylize -j "$(build_jobs)" </dev/null ||
  die "the build failed (see above). Remove build/release and run this again; if it stays, report it."

name=$(basename -- "$photo")
picture=build/quickstart/${name%.*}.cel.jpg
mkdir -p build/quickstart
say "Stylizing $photo"
build/release/stylize "$photo" --style cel -o "$picture" -y </dev/null
[[ -s $picture ]] || die "$picture was not written, although stylize reported success. Please report it."

shown=$(realpath --relative-to="$HERE" -- "$picture")
binary=$(realpath --relative-to="$HERE" -- build/release/stylize)
cat <<EOF

The picture: $shown

Next, with a photo of yours (the result appears beside it):
    $binary photo.jpg
    $binary --help
EOF
