// The folders in which models are looked for.
#pragma once

#include <filesystem>
#include <vector>

namespace stylize {

// In order of precedence: `user_choice` (--models-dir; may be empty), $XDG_DATA_HOME/stylize/models
// (or ~/.local/share/...), and the bundled folder of the installation or build tree, found from
// where the program file lies. Folders need not exist.
std::vector<std::filesystem::path> model_folders(const std::filesystem::path& user_choice);

// `name` ("models", "scripts") among what comes with the program: of the installation, or of the
// source tree when the program runs from a build folder. It need not exist.
std::filesystem::path bundled_folder(const std::filesystem::path& name);

// The folder that new models are put into: `user_choice`, or the user's own of the above. Empty
// when there is neither XDG_DATA_HOME nor HOME. It need not exist.
std::filesystem::path own_models_folder(const std::filesystem::path& user_choice);

// The folder for what can be made again: $XDG_CACHE_HOME/stylize or ~/.cache/stylize. Empty when
// there is neither XDG_CACHE_HOME nor HOME. It need not exist.
std::filesystem::path cache_folder();

}  // namespace stylize
