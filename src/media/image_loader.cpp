#include "image_loader.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace stylize {
namespace {

constexpr const char* kReadable = "JPEG, PNG, WebP, TIFF, HEIC, AVIF and GIF can be read";

// By the start of their names in libvips.
bool is_trusted(std::string_view loader) {
  constexpr std::array<std::string_view, 6> kTrusted{"jpegload", "pngload",  "webpload",
                                                     "tiffload", "heifload", "gifload"};
  return std::any_of(kTrusted.begin(), kTrusted.end(),
                     [loader](std::string_view name) { return loader.rfind(name, 0) == 0; });
}

// libvips knows a TIFF only by its directory, which may be what is missing from the file's end.
bool starts_like_tiff(const vips::VSource& source) {
  const unsigned char* start = vips_source_sniff(source.get_source(), 4);
  if (start == nullptr) {
    return false;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(start), 4);
  using namespace std::string_view_literals;
  return bytes == "II*\0"sv || bytes == "MM\0*"sv;
}

}  // namespace

Error decoding_error(const std::string& subject) {
  const std::string detail = take_vips_error();
  for (const char* sign : {"not implemented", "nsupported", "not supported"}) {
    if (detail.find(sign) != std::string::npos) {
      return {ErrorCode::kInputUnsupported, subject, "cannot read image: " + detail,
              "convert it to PNG or JPEG"};
    }
  }
  return {ErrorCode::kInputCorrupt, subject,
          "cannot read image: the file is damaged or incomplete" +
              (detail.empty() ? std::string() : ": " + detail),
          "copy or download it again"};
}

std::string find_trusted_loader(const vips::VSource& source, const std::string& subject) {
  const char* loader = vips_foreign_find_load_source(source.get_source());
  if (loader == nullptr && starts_like_tiff(source)) {
    throw decoding_error(subject);
  }
  const std::string name =
      loader == nullptr ? std::string() : vips_nickname_find(g_type_from_name(loader));
  if (!is_trusted(name)) {
    vips_error_clear();
    throw Error(ErrorCode::kInputUnsupported, subject,
                "cannot read image: it is not an image of a known format", kReadable);
  }
  return name;
}

}  // namespace stylize
