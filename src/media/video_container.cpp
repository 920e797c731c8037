#include "video_container.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "ffmpeg_error.h"

namespace stylize {
namespace {

struct Ending {
  std::string_view ending;
  const char* muxer;
  std::string_view encoder;
};

constexpr std::string_view kH264 = "libx264";

// Not left to libav's guess: by ending alone it takes m4v for a raw stream and png for a video.
constexpr std::array kEndings{
    Ending{"mp4", "mp4", kH264},
    Ending{"m4v", "mp4", kH264},
    Ending{"mov", "mov", kH264},
    Ending{"mkv", "matroska", kH264},
    Ending{"webm", "webm", "libvpx-vp9"},
    Ending{"avi", "avi", kH264},
    Ending{"ts", "mpegts", kH264},
    Ending{"m2ts", "mpegts", kH264},
    Ending{"gif", "gif", {}},
    Ending{"webp", "webp", {}},
    Ending{"png", "apng", {}},
    Ending{"apng", "apng", {}},
};

std::string known_endings() {
  std::string text;
  for (const Ending& ending : kEndings) {
    text.append(text.empty() ? "" : ", ").append(ending.ending);
  }
  return text;
}

}  // namespace

bool VideoContainer::is_mov() const { return name == "mp4" || name == "m4v" || name == "mov"; }
bool VideoContainer::is_matroska() const { return name == "mkv"; }
// The muxer takes them for mov, too, and drops them.
bool VideoContainer::holds_pictures() const { return is_matroska() || (is_mov() && name != "mov"); }
bool VideoContainer::is_animation() const { return default_encoder.empty(); }
bool VideoContainer::has_constant_rate() const { return name == "avi"; }

VideoContainer container_for(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  ending.erase(0, 1);
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  const auto* const found =
      std::find_if(kEndings.begin(), kEndings.end(),
                   [&](const Ending& known) { return known.ending == ending; });
  if (found == kEndings.end()) {
    throw Error(ErrorCode::kUsage, path.string(),
                ending.empty() ? "a video needs an ending that says its container"
                               : "no video is written with the ending ." + ending,
                "these work: " + known_endings());
  }
  const AVOutputFormat* format = av_guess_format(found->muxer, nullptr, nullptr);
  if (format == nullptr) {
    throw Error(ErrorCode::kToolMissing, path.string(),
                "this libavformat cannot write " + std::string(found->ending));
  }
  return {std::string(found->ending), format, found->encoder};
}

}  // namespace stylize
