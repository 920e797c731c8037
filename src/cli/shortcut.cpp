#include "shortcut.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "cmd_folder.h"
#include "cmd_image.h"
#include "cmd_video.h"
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
    "  stylize clip.mp4                            a video, into clip.cel.mp4\n"
    "  stylize photo.jpg --style ./my_model.pt     your own TorchScript model\n"
    "\n"
    "Exit codes: 0 all done, 1 nothing could be done, 2 wrong usage, 3 some inputs failed,\n"
    "130 interrupted. Inputs are never modified; messages go to standard error.";

enum class InputKind { kImage, kFolder, kVideo };

template <std::size_t Count>
bool ends_in(const std::string& path, const std::array<std::string_view, Count>& endings) {
  std::string ending = fs::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

// An animated picture is a picture, unless it is to become a video.
InputKind kind_of(const std::string& input, const std::string& output) {
  std::error_code ignored;
  if (fs::is_directory(input, ignored)) {
    return InputKind::kFolder;
  }
  constexpr std::array<std::string_view, 15> kVideoEndings{
      ".mp4", ".mov", ".mkv",  ".webm", ".avi", ".m4v", ".mpg", ".mpeg",
      ".ts",  ".mts", ".m2ts", ".wmv",  ".flv", ".3gp", ".apng"};
  constexpr std::array<std::string_view, 3> kPerhapsAnimated{".gif", ".webp", ".png"};
  const bool becomes_video = ends_in(input, kPerhapsAnimated) && ends_in(output, kVideoEndings);
  return ends_in(input, kVideoEndings) || becomes_video ? InputKind::kVideo : InputKind::kImage;
}

// The kind of all inputs. Throws Error kUsage where they do not go together.
InputKind kind_of(const std::vector<std::string>& inputs, const std::string& output) {
  for (const std::string& input : inputs) {
    const InputKind kind = kind_of(input, output);
    if (kind == InputKind::kFolder && inputs.size() > 1) {
      throw Error(ErrorCode::kUsage, input, "is a folder, and there are other inputs besides",
                  "run stylize once a folder");
    }
    if (kind != kind_of(inputs.front(), output)) {
      throw Error(ErrorCode::kUsage, input,
                  "pictures and videos together: their options are not the same",
                  "run stylize once for each kind");
    }
  }
  return kind_of(inputs.front(), output);
}

// Options of `only`, which an input of another kind has no use for.
void refuse_flags(const CLI::App& app, const CLI::App& only, const std::string& reason,
                  const std::string& remedy) {
  for (const CLI::Option* option : only.get_options()) {
    const std::string name = option->get_name();
    if (name != "--help" && app.count(name) > 0) {
      throw Error(ErrorCode::kUsage, name, reason, remedy);
    }
  }
}

// CLI11 does not tell the names of options that are hidden: these declare them anew.
void refuse_folder_flags(const CLI::App& app) {
  CLI::App only;
  FolderFlags ignored;
  add_folder_flags(only, ignored, kFilesGroup);
  refuse_flags(app, only, "is for folders", "see stylize folder --help");
}

void refuse_video_flags(const CLI::App& app) {
  CLI::App only;
  VideoFlags ignored;
  add_video_flags(only, ignored, kFilesGroup);
  refuse_flags(app, only, "is for videos", "see stylize video --help");
}

void refuse_picture_flags(const CLI::App& app) {
  CLI::App only;
  PictureOptions ignored;
  add_encoding_options(only, ignored);
  add_jobs_option(only, ignored);
  refuse_flags(app, only, "is for pictures", "see stylize video --help");
}

// As typed.
struct ShortcutOptions {
  ImageOptions image;
  FolderFlags folder;
  VideoFlags video;
};

int run_folder(const ShortcutOptions& options) {
  FolderOptions folder;
  folder.flags = options.folder;
  static_cast<PictureOptions&>(folder) = options.image;
  folder.folder = options.image.inputs.front();
  return run_folder(folder);
}

int run_videos(const ShortcutOptions& options) {
  VideoOptions videos;
  videos.flags = options.video;
  static_cast<PictureOptions&>(videos) = options.image;
  videos.inputs = options.image.inputs;
  return run_videos(std::move(videos));
}

int run(const CLI::App& app, const ShortcutOptions& options) {
  const InputKind kind = kind_of(options.image.inputs, options.image.output);
  if (kind != InputKind::kFolder) {
    refuse_folder_flags(app);
  }
  if (kind == InputKind::kVideo) {
    refuse_picture_flags(app);
    return run_videos(options);
  }
  refuse_video_flags(app);
  return kind == InputKind::kFolder ? run_folder(options) : run_images(options.image);
}

}  // namespace

DeclaredCommand shortcut_command() {
  auto options = std::make_shared<ShortcutOptions>();
  auto app = std::make_unique<CLI::App>(
      "Turns photos and videos into drawn ones. Try: stylize photo.jpg", "stylize");
  add_image_options(*app, options->image);
  // Hidden: stylize folder --help and stylize video --help show them.
  add_folder_flags(*app, options->folder, {});
  add_video_flags(*app, options->video, {});
  app->set_version_flag("--version", std::string("stylize ") + STYLIZE_VERSION);
  app->footer("Commands (each has its own --help):\n" + command_list() + "\n" + kFooter);
  CLI::App& parsed = *app;
  return {std::move(app), [options, &parsed] { return run(parsed, *options); }};
}

}  // namespace stylize::cli
