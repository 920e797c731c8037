#!/usr/bin/env bash
# A layer may include only its own headers and those of the layers before it (see src/CMakeLists.txt).
# usage: test_layers.sh SOURCE_FOLDER LAYER...
set -euo pipefail
root=$1
shift
allowed=() wrong=0
for layer in "$@"; do
  allowed+=("$layer")
  pattern="#include \"stylize/($(IFS='|' && echo "${allowed[*]}"))/"
  for folder in "$root/src/$layer" "$root/include/stylize/$layer"; do
    [[ -d $folder ]] || continue
    if grep -rnE '#include "stylize/' "$folder" | grep -vE "$pattern"; then wrong=1; fi
  done
done
((wrong == 0)) && echo "no layer looks up"
exit "$wrong"
