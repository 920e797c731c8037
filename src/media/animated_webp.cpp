#include "animated_webp.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <numeric>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "ffmpeg_error.h"
#include "image_loader.h"
#include "stylize/core/log.h"

namespace stylize {
namespace {

constexpr int kMilliseconds = 1000;

// As browsers do with delays that can hardly be meant.
int shown_delay(int delay) {
  constexpr int kTooShort = 10;
  constexpr int kInstead = 100;
  return delay > kTooShort ? delay : kInstead;
}

}  // namespace

bool is_animated_webp(const std::filesystem::path& path) {
  constexpr std::size_t kFlags = 20;  // where the flags of the extended header are
  constexpr unsigned int kAnimation = 0x02;
  std::array<char, kFlags + 1> start{};
  std::ifstream file(path, std::ios::binary);
  file.read(start.data(), start.size());
  const std::string_view bytes(start.data(), start.size());
  return file.good() && bytes.starts_with("RIFF") && bytes.substr(8).starts_with("WEBPVP8X") &&
         (static_cast<unsigned char>(start[kFlags]) & kAnimation) != 0;
}

AnimatedWebp::AnimatedWebp(const std::filesystem::path& path) {
  ensure_vips();
  const std::shared_lock beside_others(vips_error_text());
  try {
    const vips::VImage opened = vips::VImage::webpload(
        path.c_str(), vips::VImage::option()->set("n", -1)->set("access", VIPS_ACCESS_SEQUENTIAL));
    constexpr double kWhite = 255.0;
    image_ = opened.has_alpha() ? opened.flatten(vips::VImage::option()->set("background", kWhite))
                                : opened;
    const int pages = opened.get_int(VIPS_META_N_PAGES);
    size_ = cv::Size(image_.width(), image_.height() / pages);
    delays_ = opened.get_array_int("delay");
    delays_.resize(static_cast<std::size_t>(pages));
    std::transform(delays_.begin(), delays_.end(), delays_.begin(), shown_delay);
    image_ = image_.copy();
    image_.set(VIPS_META_CONCURRENCY, 1);  // rows in their order
  } catch (const vips::VError&) {
    throw decoding_error(path.string());
  }
  if (image_.bands() != 3 || image_.format() != VIPS_FORMAT_UCHAR) {
    throw Error(ErrorCode::kInputUnsupported, path.string(), "is no WebP of a known kind");
  }
}

InputPtr AnimatedWebp::format() const {
  const auto duration = std::accumulate(delays_.begin(), delays_.end(), std::int64_t{0});
  return rgb_format(size_, {1, kMilliseconds}, std::ssize(delays_), duration);
}

int AnimatedWebp::read(AVPacket& packet) {
  if (next_ == delays_.size()) {
    return AVERROR_EOF;
  }
  const std::shared_lock beside_others(vips_error_text());
  try {
    const cv::Mat picture = copy_pixels(
        image_.crop(0, static_cast<int>(next_) * size_.height, size_.width, size_.height));
    const std::int64_t begin = time_;
    const int delay = delays_[next_++];
    time_ += delay;
    return fill_packet(packet, picture, begin, delay);
  } catch (const vips::VError&) {
    log_debug("webp: " + take_vips_error());
    next_ = delays_.size();
    return AVERROR_INVALIDDATA;
  }
}

}  // namespace stylize
