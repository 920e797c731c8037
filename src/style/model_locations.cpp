#include "stylize/style/model_locations.h"

#include <cstdlib>
#include <string>
#include <system_error>

namespace stylize {
namespace {

namespace fs = std::filesystem;

fs::path environment_path(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

fs::path user_data_folder() {
  if (const fs::path data = environment_path("XDG_DATA_HOME"); data.is_absolute()) {
    return data;
  }
  const fs::path home = environment_path("HOME");
  return home.empty() ? fs::path() : home / ".local" / "share";
}

}  // namespace

fs::path own_models_folder(const fs::path& user_choice) {
  if (!user_choice.empty()) {
    return user_choice;
  }
  const fs::path data = user_data_folder();
  return data.empty() ? fs::path() : data / "stylize" / "models";
}

std::vector<fs::path> model_folders(const fs::path& user_choice) {
  std::vector<fs::path> folders;
  if (!user_choice.empty()) {
    folders.push_back(user_choice);
  }
  if (const fs::path own = own_models_folder({}); !own.empty()) {
    folders.push_back(own);
  }
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  if (!program.empty()) {
    const fs::path folder = program.parent_path();
    folders.push_back(folder.parent_path() / "share" / "stylize" / "models");  // installed
    folders.push_back(folder.parent_path().parent_path() / "models");  // build/<preset>/stylize
  }
  return folders;
}

}  // namespace stylize
