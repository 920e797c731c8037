#include "shortcut.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "cmd_image.h"
#include "exit_codes.h"
#include "parse.h"
#include "stylize/core/error.h"

namespace stylize::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFooter =
    "Commands (each has its own --help):\n"
    "  stylize image INPUT...     image files, the same as without a command\n"
    "  stylize align INPUT...     faces cut out as files, and edited ones put back\n"
    "  stylize models ...         list, download, check styles: what may be used for what\n"
    "  stylize doctor             what works on this machine, and what to do about what does not\n"
    "  stylize bench              speed and memory of a style on this machine\n"
    "\n"
    "Examples:\n"
    "  stylize photo.jpg                           writes photo.cel.jpg\n"
    "  stylize photo.jpg --compare -o both.png     input and result side by side\n"
    "  stylize *.jpg -o styled/ --keep-colors      many at once, into a folder\n"
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

void refuse_unsupported(const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    switch (kind_of(input)) {
      case InputKind::kImage: break;
      case InputKind::kFolder:
        throw Error(ErrorCode::kUsage, input,
                    "is a folder, and this version takes image files only",
                    "name the files inside, e.g. " + input + "/*.jpg");
      case InputKind::kVideo:
        throw Error(ErrorCode::kUsage, input,
                    "is a video, and this version takes image files only");
    }
  }
}

}  // namespace

int shortcut_command(const std::vector<std::string>& arguments) {
  ImageOptions options;
  CLI::App app("Turns photos into drawn ones. Try: stylize photo.jpg", "stylize");
  add_image_options(app, options);
  app.set_version_flag("--version", std::string("stylize ") + STYLIZE_VERSION);
  app.footer(kFooter);
  if (!parse(app, arguments)) {
    return kAllDone;
  }
  refuse_unsupported(options.inputs);
  return run_images(options);
}

}  // namespace stylize::cli
