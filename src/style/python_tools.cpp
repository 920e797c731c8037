#include "stylize/style/python_tools.h"

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <system_error>

#include "stylize/core/child_process.h"
#include "stylize/core/error.h"
#include "stylize/infer/system_info.h"
#include "stylize/style/model_locations.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

// What the light set-up leaves out; finding a package does not import it.
constexpr const char* kFindPackages =
    "import importlib.util as u, sys;"
    "sys.exit(any(u.find_spec(m) is None for m in ('torch','numpy','requests','gdown','sympy')))";

// The virtual environment that LibTorch was loaded from, from the path
// VENV/lib/python3.X/site-packages/torch/lib/libtorch_cpu.so; empty when it does not lie in one.
fs::path environment_of_torch() {
  std::error_code unresolved;
  fs::path folder = fs::weakly_canonical(inspect_torch().library, unresolved);
  constexpr int kLevels = 6;  // libtorch_cpu.so, lib, torch, site-packages, python3.X, lib
  for (int level = 0; level < kLevels; ++level) {
    folder = folder.parent_path();
  }
  std::error_code ignored;
  return fs::exists(folder / "pyvenv.cfg", ignored) ? folder : fs::path();
}

// $STYLIZE_PYTHON; empty when it is not set.
fs::path chosen_python() {
  const char* chosen = std::getenv("STYLIZE_PYTHON");
  std::error_code ignored;
  if (chosen == nullptr || *chosen == '\0') {
    return {};
  }
  if (!fs::is_regular_file(chosen, ignored) || ::access(chosen, X_OK) != 0) {
    throw Error(ErrorCode::kToolMissing, std::string("STYLIZE_PYTHON=") + chosen,
                "is not a program", "give the whole path of a Python, or unset it");
  }
  return chosen;
}

fs::path find_python(const fs::path& environment) {
  std::error_code ignored;
  const fs::path python = environment / "bin" / "python";
  if (environment.empty() || !fs::exists(python, ignored)) {
    throw Error(ErrorCode::kToolMissing, "Python",
                "not found beside LibTorch, and getting or exporting models needs it",
                "run scripts/setup.sh --full in the source folder, or set STYLIZE_PYTHON");
  }
  return python;
}

fs::path find_scripts() {
  std::error_code ignored;
  const fs::path folder = bundled_folder("scripts");
  if (fs::exists(folder / "pull_model.py", ignored)) {
    return folder;
  }
  throw Error(ErrorCode::kToolMissing, "pull_model.py",
              "the scripts that get and export models are not where the program looks for them",
              "install stylize again with cmake --install");
}

}  // namespace

PythonTools find_python_tools() {
  const fs::path environment = environment_of_torch();
  PythonTools tools{chosen_python(), find_scripts(), {}};
  if (!tools.python.empty()) {
    return tools;  // whose packages are its owner's business
  }
  tools.python = find_python(environment);
  std::error_code ignored;
  const fs::path set_up = environment.parent_path() / "scripts" / "setup.sh";
  if (!environment.empty() && fs::exists(set_up, ignored)) {
    tools.set_up = set_up;
  }
  return tools;
}

bool is_complete(const PythonTools& tools) {
  // -I: nothing from the current folder, which may hold anything, is run.
  return capture_child({tools.python.string(), "-I", "-c", kFindPackages}).code == 0;
}

}  // namespace stylize
