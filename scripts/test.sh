#!/usr/bin/env bash
# Sets up, builds and runs every test and check. Ends with ctest's own summary of the release tests; non-zero when
# anything failed. Goes on after a failure, so that one run shows all of them.
set -euo pipefail
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/setup.sh"

TEST_JOBS=2 # torch takes all cores in each test

usage() {
  cat <<'EOF'
usage: scripts/test.sh [--release-only] [--no-asan] [--no-tidy]

Installs what is missing (all of torch, 5.0 GB), then checks the format, builds release and runs all tests, builds
with AddressSanitizer and runs the unit and cli tests, with ThreadSanitizer and runs those of queues and batches, and
runs clang-tidy on the files that changed.

  --release-only  neither sanitizers nor clang-tidy
  --no-asan       no sanitizers
  --no-tidy       no clang-tidy

STYLIZE_TIDY_ALL=1 runs clang-tidy on every file.
EOF
}

asan=1 tidy=1
for option in "$@"; do
  case $option in
    --release-only) asan=0 tidy=0 ;;
    --no-asan) asan=0 ;;
    --no-tidy) tidy=0 ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
done

REPORT=() # a line a phase
failures=0

phase() { # NAME COMMAND...: runs it, notes how it went and how long it took
  local name=$1 begun=$SECONDS verdict=passed
  shift
  say "$name"
  # In a subshell of its own, with -e, which `if` would switch off inside a plain function call.
  set +e
  (
    set -e
    "$@"
  ) </dev/null
  local status=$?
  set -e
  if ((status != 0)); then
    verdict=FAILED
    failures=$((failures + 1))
  fi
  REPORT+=("$(printf '%-8s %6d s  %s' "$verdict" "$((SECONDS - begun))" "$name")")
  return 0
}

# --- phases ------------------------------------------------------------------------------------------------------

in_git() { git rev-parse --git-dir >/dev/null 2>&1; }

sources() { # FOLDER...: our C++ files, committed or not
  if in_git; then
    git ls-files --cached --others --exclude-standard -- "$@"
  else
    find "$@" -type f
  fi | grep -E '\.(cpp|h)$' | while read -r file; do
    if [[ -f $file ]]; then echo "$file"; fi
  done
}

check_format() {
  local files
  mapfile -t files < <(sources src include tests)
  ((${#files[@]})) || die "no C++ files found"
  clang-format --dry-run -Werror "${files[@]}"
  echo "${#files[@]} files are formatted"
}

build() { # PRESET
  cmake --preset "$1" -DSTYLIZE_BUILD_TESTS=ON
  cmake --build "build/$1" -j "$(build_jobs)"
}

run_tests() { # PRESET CTEST_OPTION...
  local preset=$1
  shift
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$TEST_JOBS" "$@" 2>&1 |
    tee "build/$preset/test.log"
}

build_and_test() { # PRESET CTEST_OPTION...
  rm -f -- "build/$1/test.log" # else a failed build would end with the last run's summary
  build "$1"
  run_tests "$@"
}

build_and_test_tsan() { # the fake engine alone: LibTorch and OpenMP give false reports
  cmake --preset tsan -DSTYLIZE_BUILD_TESTS=ON
  cmake --build build/tsan -j "$(build_jobs)" --target stylize_tsan_tests
  run_tests tsan -L tsan
}

# What the working tree is compared with: where it left the main branch, else the last commit; empty when the
# history is too short to say.
tidy_base() {
  local base head
  head=$(git rev-parse --verify --quiet HEAD) || return 0
  base=$(git merge-base origin/main HEAD 2>/dev/null || true)
  if [[ -z $base || $base == "$head" ]]; then base=$(git rev-parse --verify --quiet HEAD~1 || true); fi
  echo "$base"
}

changed_files() { # BASE: files changed since then, committed or not
  git diff --name-only --diff-filter=d "$1" --
  git ls-files --others --exclude-standard
}

tidy_files() { # the .cpp files to check: the changed ones and those whose own header changed
  local all base="" changed file
  all=$(sources src tests | grep '\.cpp$')
  if [[ ${STYLIZE_TIDY_ALL:-0} == 1 ]]; then
    echo "$all"
    return
  fi
  if in_git; then base=$(tidy_base); fi
  if [[ -z $base ]]; then return; fi
  changed=$(changed_files "$base" | grep -E '^(src|include|tests)/.*\.(cpp|h)$' || true)
  for file in $all; do
    local stem=${file%.cpp}
    stem=${stem#src/}
    if grep -qxF -e "$file" -e "src/$stem.h" -e "include/stylize/$stem.h" <<<"$changed"; then echo "$file"; fi
  done
}

run_tidy() {
  local files
  mapfile -t files < <(tidy_files)
  if ((${#files[@]} == 0)); then
    echo "no changed C++ files to check (STYLIZE_TIDY_ALL=1 checks all)"
    return
  fi
  cmake --preset tidy -DSTYLIZE_BUILD_TESTS=ON >/dev/null
  echo "${#files[@]} files: ${files[*]}"
  printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "$(build_jobs)" clang-tidy -p build/tidy --quiet --warnings-as-errors='*'
}

# --- run ---------------------------------------------------------------------------------------------------------

cd -- "$ROOT"
started=$SECONDS
setup --full --dev
REPORT+=("$(printf '%-8s %6d s  %s' passed "$((SECONDS - started))" "Set-up")")

phase "Format" check_format
phase "Release: build and all tests" build_and_test release
if ((asan)); then
  # Whole models are too slow under the sanitizer; the gpu label has nothing to run on there.
  phase "AddressSanitizer: build, unit and cli tests" build_and_test asan -L 'unit|cli' -LE 'models|gpu'
fi
if ((asan)); then phase "ThreadSanitizer: queues, batches and cancellation" build_and_test_tsan; fi
if ((tidy)); then phase "clang-tidy" run_tidy; fi

echo
printf '%s\n' "${REPORT[@]}"
if ((failures)); then say "$failures of ${#REPORT[@]} phases FAILED after $((SECONDS - started)) s"; fi
grep -E 'tests passed, .* tests? failed out of' build/release/test.log 2>/dev/null ||
  echo "the release tests did not run"
((failures == 0))
