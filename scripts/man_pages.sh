#!/usr/bin/env bash
# Makes the man pages of stylize and all its commands from their --help, with help2man.
# usage: man_pages.sh STYLIZE INCLUDES FOLDER
#   INCLUDES  folder of common.h2m and PAGE.h2m: what help2man is to add to every page, and to one
#   FOLDER    where the pages go; pages that are there are replaced
set -euo pipefail
binary=$1 includes=$2 folder=$3

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

page_of() { # COMMAND: the page's name
  local name="stylize $1"
  name=${name% }
  echo "${name// /-}"
}

# Sections that help2man does not know by itself, and a paragraph for each example.
mark_sections() {
  awk '
    function print_codes(   sentence, codes, count, i) {
      sentence = substr(text, 1, index(text ".", ".") - 1)
      count = split(substr(sentence, length("Exit codes: ") + 1), codes, ", ")
      print "\n*Exit status*\n"
      for (i = 1; i <= count; i++) { sub(/ /, "   ", codes[i]); print "  " codes[i] "\n" }
      sub(/^[^.]*\. */, "", text)
      print text
    }
    /^Options:/ { options = 1 }
    /^(Commands|Subcommands)/ { print "*Commands*\n"; next }
    /^Exit codes:/ { text = $0; next }
    text != "" { text = text " " $0; next }  # they come last
    /^Examples:/ { examples = 1; print; next }
    examples && /^  [^ ]/ { print "" }
    examples && !/[^ ]  / { sub(/^ +/, "") }  # one without an explanation
    options && !examples && !notes && /^[^ ].*[^:]$/ { notes = 1; print "*Notes*\n" }
    { print }
    END { print_codes() }'
}

# What options take from the environment.
environment() {
  awk '
    match($0, /^ +(-.,)?--[a-z-]+/) { option = substr($0, 1, RLENGTH); sub(/.*--/, "", option) }
    match($0, /\(\$[A-Z_]+\)/) {
      gsub(/-/, "\\-", option)
      printf ".TP\n.B %s\nStands for \\fB\\-\\-%s\\fR where that is not given.\n",
             substr($0, RSTART + 2, RLENGTH - 3), option
    }'
}

see_also() { # COMMAND: the program, other commands, and what is below this one
  local other page text=""
  while IFS=$'\t' read -r other _; do
    if [[ $other != "$1" && ($other != *' '* || $other == "$1 "*) ]]; then
      page=$(page_of "$other")
      text+=",\n.BR ${page//-/\\\\-} (1)"
    fi
  done <<<$'\n'"$commands"
  printf '%b\n' "${text#,\\n}"
}

make_page() { # COMMAND SUMMARY: the page of `stylize COMMAND`
  local page words
  page=$(page_of "$1")
  read -ra words <<<"$1"
  "$binary" "${words[@]}" --help >"$work/help"
  {
    printf '[name]\n%s \\- %s\n' "${page//-/\\-}" "$2"
    printf '[environment]\n'
    environment <"$work/help"
    printf '[see also]\n'
    see_also "$1"
  } >"$work/include"
  if ! grep -q '^Exit codes:' "$work/help"; then printf '\n%s\n' "$exit_codes" >>"$work/help"; fi
  mark_sections <"$work/help" >"$work/marked"
  (cd -- "$work" && help2man --no-info --locale=C.UTF-8 --version-string="$version" --help-option=marked \
    --include=include --include="$includes/common.h2m" --opt-include="$includes/$page.h2m" cat) >"$folder/$page.1"
}

includes=$(realpath -- "$includes")
mkdir -p -- "$folder"
rm -f -- "$folder"/stylize*.1
version=$("$binary" --version)
exit_codes=$("$binary" --help | sed -n '/^Exit codes:/,$p')
commands=$("$binary" completion --names commands)

make_page "" "turn photos into drawn ones"
while IFS=$'\t' read -r command summary; do
  make_page "$command" "${summary,}"
done <<<"$commands"
