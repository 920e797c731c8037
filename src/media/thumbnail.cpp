#include "stylize/media/thumbnail.h"

#include <string>

#include "image_loader.h"
#include "stylize/core/error.h"
#include "vips_runtime.h"

namespace stylize {
namespace {

constexpr int kQuality = 80;  // half the bytes of the default for pictures

vips::VSource open(const std::filesystem::path& path) {
  try {
    return vips::VSource::new_from_file(path.c_str());
  } catch (const vips::VError&) {
    throw Error(ErrorCode::kInputMissing, path.string(), "cannot open: " + take_vips_error());
  }
}

std::vector<std::byte> encode(const vips::VImage& image) {
  constexpr double kWhite = 255.0;
  void* data = nullptr;
  std::size_t size = 0;
  image.write_to_buffer(".jpg", &data, &size,
                        vips::VImage::option()
                            ->set("Q", kQuality)
                            ->set("optimize_coding", true)
                            ->set("strip", true)
                            ->set("background", std::vector<double>(3, kWhite)));
  const auto* first = static_cast<const std::byte*>(data);
  std::vector<std::byte> bytes(first, first + size);
  g_free(data);
  return bytes;
}

enum class Profile { kUse, kIgnore };

// Whether the samples are other colours than sRGB's; converting what is sRGB anyway takes longer
// than all the rest.
bool needs_conversion(const vips::VImage& image) {
  return image.get_typeof(VIPS_META_ICC_NAME) != 0 ||
         image.interpretation() == VIPS_INTERPRETATION_CMYK;
}

std::vector<std::byte> shrink(const std::filesystem::path& path, int long_side, Profile profile) {
  const vips::VSource source = open(path);
  find_trusted_loader(source, path.string());
  const vips::VImage header = vips::VImage::new_from_source(
      source, "", vips::VImage::option()->set("access", VIPS_ACCESS_SEQUENTIAL));
  vips::VOption* options = vips::VImage::option()
                               ->set("height", long_side)
                               ->set("size", VIPS_SIZE_DOWN)
                               ->set("intent", VIPS_INTENT_RELATIVE);
  if (profile == Profile::kUse && needs_conversion(header)) {
    options->set("export_profile", "srgb");
  }
  return encode(vips::VImage::thumbnail_source(source, long_side, options));
}

}  // namespace

std::vector<std::byte> make_thumbnail(const std::filesystem::path& path, int long_side) {
  ensure_vips();
  try {
    return shrink(path, long_side, Profile::kUse);
  } catch (const vips::VError&) {
    vips_error_clear();  // perhaps of the colour profile alone
  }
  try {
    return shrink(path, long_side, Profile::kIgnore);
  } catch (const vips::VError&) {
    throw decoding_error(path.string());
  }
}

}  // namespace stylize
