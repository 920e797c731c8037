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

// One of the folders that the XDG Base Directory Specification names; `in_home` is its place when
// the variable is not set to an absolute path.
fs::path user_folder(const char* variable, const fs::path& in_home) {
  if (fs::path folder = environment_path(variable); folder.is_absolute()) {
    return folder;
  }
  const fs::path home = environment_path("HOME");
  return home.empty() ? fs::path() : home / in_home;
}

fs::path user_data_folder() { return user_folder("XDG_DATA_HOME", ".local/share"); }

}  // namespace

fs::path own_models_folder(const fs::path& user_choice) {
  if (!user_choice.empty()) {
    return user_choice;
  }
  const fs::path data = user_data_folder();
  return data.empty() ? fs::path() : data / "stylize" / "models";
}

fs::path bundled_folder(const fs::path& name) {
  std::error_code ignored;
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  // build/<preset>/stylize; only there, or whatever lies two folders above would be believed.
  if (fs::exists(folder / "CMakeCache.txt", ignored)) {
    return folder.parent_path().parent_path() / name;
  }
  return folder.parent_path() / "share" / "stylize" / name;
}

std::vector<fs::path> model_folders(const fs::path& user_choice) {
  std::vector<fs::path> folders;
  if (!user_choice.empty()) {
    folders.push_back(user_choice);
  }
  if (const fs::path own = own_models_folder({}); !own.empty()) {
    folders.push_back(own);
  }
  folders.push_back(bundled_folder("models"));
  return folders;
}

fs::path cache_folder() {
  const fs::path cache = user_folder("XDG_CACHE_HOME", ".cache");
  return cache.empty() ? fs::path() : cache / "stylize";
}

}  // namespace stylize
