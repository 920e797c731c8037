#include "disk_space.h"

#include <algorithm>
#include <string>
#include <system_error>

#include "stylize/core/byte_size.h"
#include "stylize/core/error.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

constexpr double kBitsInAByte = 8.0;

// Bits a pixel that flat, outlined pictures take at least.
double least_bits(AVCodecID codec) {
  constexpr double kLossy = 0.005;
  constexpr double kLossless = 3.0;
  const AVCodecDescriptor* description = avcodec_descriptor_get(codec);
  const bool is_lossless =
      description != nullptr && (description->props & AV_CODEC_PROP_LOSSY) == 0;
  return is_lossless ? kLossless : kLossy;
}

fs::path existing_part(fs::path folder) {
  std::error_code failed;
  while (!folder.empty() && !fs::exists(folder, failed) && folder != folder.parent_path()) {
    folder = folder.parent_path();
  }
  return folder;
}

}  // namespace

std::uintmax_t drawn_bytes(std::int64_t frames, const AVCodecContext& encoder) {
  const double pixels = static_cast<double>(encoder.width) * encoder.height;
  const auto count = static_cast<double>(std::max<std::int64_t>(0, frames));
  return static_cast<std::uintmax_t>(pixels * count * least_bits(encoder.codec_id) / kBitsInAByte);
}

std::uintmax_t copied_bytes(const VideoSource& source) {
  double bits = 0.0;
  for (unsigned int i = 0; i < source.format->nb_streams; ++i) {
    if (static_cast<int>(i) != source.drawn) {
      bits += static_cast<double>(source.format->streams[i]->codecpar->bit_rate);
    }
  }
  return static_cast<std::uintmax_t>(std::max(0.0, bits * source.info.duration / kBitsInAByte));
}

void check_space(const fs::path& output, std::uintmax_t needed) {
  std::error_code failed;
  const fs::path folder = fs::absolute(output, failed).parent_path();
  const fs::space_info space = fs::space(existing_part(folder), failed);
  if (failed || space.available >= needed) {
    return;
  }
  throw Error(ErrorCode::kDiskFull, output.string(),
              "drawing it takes at least " + format_byte_size(needed) + "; " +
                  format_byte_size(space.available) + " are free on that disk",
              "free some space, or choose another disk with -o");
}

}  // namespace stylize
