#!/usr/bin/env bash
# Installs the build into a folder of its own, as a user would, and runs what lies there without any variable set.
# usage: test_install.sh CMAKE BUILD_FOLDER PHOTO
set -euo pipefail
cmake=$1 build=$2 photo=$3
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT

"$cmake" --install "$build" --prefix "$folder/usr" >"$folder/install.log"
cd -- "$folder" # far from the build tree, whose models must not be what is found
env -i HOME="$folder" usr/bin/stylize "$photo" --max-size 64 -o out.png
[[ -s out.png ]]
found=$(env -i HOME="$folder" usr/bin/stylize models path cel)
[[ $(realpath -- "$found") == "$folder/usr/share/stylize/models/cel.pt" ]]
echo "installed and run from $folder/usr"
