// The Python scripts that download and export models, and the interpreter that runs them.
#pragma once

#include <filesystem>

namespace stylize {

struct PythonTools {
  std::filesystem::path python;   // interpreter
  std::filesystem::path scripts;  // folder of pull_model.py and the exporters
  std::filesystem::path
      set_up;  // setup.sh that completes the interpreter; empty: not ours to complete
};

// The interpreter is $STYLIZE_PYTHON, else that of the virtual environment which LibTorch was
// loaded from; the scripts are those of the installation or of the source tree. Throws Error
// kToolMissing, with what to do, when one of them is not there.
PythonTools find_python_tools();

// Whether the interpreter has all packages that the scripts import. Starts it: some 30 ms.
bool is_complete(const PythonTools& tools);

}  // namespace stylize
