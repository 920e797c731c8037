#include "shortcut.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "cmd_folder.h"
#include "cmd_image.h"
#include "commands.h"
#include "stylize/core/error.h"

namespace stylize::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFooter =
    "Examples:\n"
    "  stylize photo.jpg                           writes photo.cel.jpg\n"
    "  stylize photo.jpg --compare -o both.png     input and result side by side\n"
    "  stylize *.jpg -o styled/ --keep-colors      many at once, into a folder\n"
    "  stylize photos/                             a folder, into photos.cel/\n"
    "  stylize photo.jpg --style ./my_model.pt     your own TorchScript model\n"
    "\n"
    "Exit codes: 0 all done, 1 nothing could be done, 2 wrong usage, 3 some inputs failed,\n"
    "130 interrupted. Inputs are never modified; messages go to standard error.";

enum class InputKind { kImage, kFolder, kVideo };

InputKind kind_of(const std::string& input) {
  std::error_code ignored;
  if (fs::is_directory(input, ignored)) {
    return InputKind::kFolder;
  }
  constexpr std::array<std::string_view, 7> kVideoEndings{".mp4", ".mov", ".mkv", ".webm",
                                                          ".avi", ".m4v", ".mpg"};
  std::string ending = fs::path(input).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool video =
      std::find(kVideoEndings.begin(), kVideoEndings.end(), ending) != kVideoEndings.end();
  return video ? InputKind::kVideo : InputKind::kImage;
}

// The kind of all inputs. Throws Error kUsage where they do not go together.
InputKind kind_of(const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    const InputKind kind = kind_of(input);
    if (kind == InputKind::kVideo) {
      throw Error(ErrorCode::kUsage, input, "is a video, and this version takes pictures only");
    }
    if (kind == InputKind::kFolder && inputs.size() > 1) {
      throw Error(ErrorCode::kUsage, input, "is a folder, and there are other inputs besides",
                  "run stylize once a folder");
    }
  }
  return kind_of(inputs.front());
}

void refuse_folder_flags(const CLI::App& app) {
  CLI::App folder_only;
  FolderFlags ignored;
  add_folder_flags(folder_only, ignored, kFilesGroup);  // CLI11 does not tell names that are hidden
  for (const CLI::Option* option : folder_only.get_options()) {
    const std::string name = option->get_name();
    if (name != "--help" && app.count(name) > 0) {
      throw Error(ErrorCode::kUsage, name, "is for folders", "see stylize folder --help");
    }
  }
}

// As typed.
struct ShortcutOptions {
  ImageOptions image;
  FolderFlags folder;
};

int run(const CLI::App& app, const ShortcutOptions& options) {
  if (kind_of(options.image.inputs) == InputKind::kImage) {
    refuse_folder_flags(app);
    return run_images(options.image);
  }
  FolderOptions folder;
  folder.flags = options.folder;
  static_cast<PictureOptions&>(folder) = options.image;
  folder.folder = options.image.inputs.front();
  return run_folder(folder);
}

}  // namespace

DeclaredCommand shortcut_command() {
  auto options = std::make_shared<ShortcutOptions>();
  auto app =
      std::make_unique<CLI::App>("Turns photos into drawn ones. Try: stylize photo.jpg", "stylize");
  add_image_options(*app, options->image);
  // For folders alone: stylize folder --help shows them.
  add_folder_flags(*app, options->folder, {});
  app->set_version_flag("--version", std::string("stylize ") + STYLIZE_VERSION);
  app->footer("Commands (each has its own --help):\n" + command_list() + "\n" + kFooter);
  CLI::App& parsed = *app;
  return {std::move(app), [options, &parsed] { return run(parsed, *options); }};
}

}  // namespace stylize::cli
