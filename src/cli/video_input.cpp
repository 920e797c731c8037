#include "video_input.h"

#include "stylize/core/error.h"
#include "stylize/media/bit_depth.h"
#include "stylize/media/color_management.h"
#include "stylize/media/image_io.h"

namespace stylize::cli {
namespace {

constexpr double kUsualSeconds = 5.0;
constexpr Ratio kUsualRate{25, 1};

StillClip still_clip(const VideoOptions& options, const std::filesystem::path& input) {
  if (options.face.references.size() < 2) {
    throw Error(ErrorCode::kUsage, input.string(), "is a picture, not a video",
                "stylize image draws it; with --reference A --reference B it becomes a clip that "
                "goes from one to the other");
  }
  if (options.flags.start) {
    throw Error(ErrorCode::kUsage, "--start", "a picture has no other beginning", "leave it out");
  }
  const Image image = read_image(input);
  return {.rgb = to_8_bit(ColorConverter(image.icc).to_srgb(image.rgb)),
          .frame_rate = frame_rate(options.flags).value_or(kUsualRate),
          .seconds = options.flags.duration.value_or(kUsualSeconds)};
}

}  // namespace

VideoReadOptions video_input(const VideoOptions& options, const std::filesystem::path& input) {
  VideoReadOptions reading = read_options(options);
  if (is_still_picture(input)) {
    reading.still = still_clip(options, input);
    reading.duration.reset();  // is the clip's already
  }
  return reading;
}

}  // namespace stylize::cli
