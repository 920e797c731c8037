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

there() { # FILE: it was installed and is not empty
  if [[ ! -s $folder/usr/share/$1 ]]; then
    echo "not installed: share/$1" >&2
    exit 1
  fi
}
there zsh/site-functions/_stylize
there fish/vendor_completions.d/stylize.fish
there bash-completion/completions/stylize
env -i HOME="$folder" usr/bin/stylize completion bash | cmp - usr/share/bash-completion/completions/stylize
if grep -q '^STYLIZE_HELP2MAN:FILEPATH=/' "$build/CMakeCache.txt"; then
  there man/man1/stylize.1
  while IFS=$'\t' read -r command _; do
    there "man/man1/stylize-${command// /-}.1"
  done < <(env -i HOME="$folder" usr/bin/stylize completion --names commands)
  grep -q '\\-\\-on\\-exists' usr/share/man/man1/stylize-folder.1
  for section in NAME SYNOPSIS DESCRIPTION OPTIONS '"EXIT STATUS"' ENVIRONMENT FILES EXAMPLES '"SEE ALSO"'; do
    grep -qxF ".SH $section" usr/share/man/man1/stylize-folder.1
  done
else
  echo "help2man was not there when this was built: no man pages to look for"
fi
echo "installed and run from $folder/usr"
