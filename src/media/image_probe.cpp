#include "stylize/media/image_probe.h"

#include <algorithm>
#include <shared_mutex>

#include "image_loader.h"
#include "stylize/core/error.h"
#include "vips_runtime.h"

namespace stylize {
namespace {

ImageProbe measure(const vips::VImage& image) {
  // Whatever the file has, read_image makes three or four channels of 8 or 16 bits of it.
  constexpr std::size_t kColors = 3;
  const std::size_t channels = image.has_alpha() ? kColors + 1 : kColors;
  const std::size_t bytes_per_sample = vips_band_format_is8bit(image.format()) != 0 ? 1 : 2;
  return {.size = {image.width(), image.height()},
          .decoded_bytes = static_cast<std::size_t>(image.width()) *
                           static_cast<std::size_t>(image.height()) * channels * bytes_per_sample};
}

}  // namespace

std::optional<ImageProbe> probe_image(const std::filesystem::path& path) {
  ensure_vips();
  const std::shared_lock beside_others(vips_error_text());
  try {
    const vips::VSource source = vips::VSource::new_from_file(path.c_str());
    find_trusted_loader(source, path.string());
    return measure(vips::VImage::new_from_source(
        source, "", vips::VImage::option()->set("access", VIPS_ACCESS_SEQUENTIAL)));
  } catch (const vips::VError&) {
    vips_error_clear();
    return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace stylize
