#include "metadata.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace stylize {
namespace {

constexpr std::array<std::string_view, 7> kKept{
    "image-description", "exif-data",       "xmp-data",   "iptc-data",
    "photoshop-data",    "resolution-unit", "png-comment"};

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool is_kept(std::string_view field) {
  if (field == "exif-ifd0-Orientation") {
    return false;
  }
  // libvips parses EXIF into exif-ifd0-..., exif-ifd2-...; ifd1 describes the thumbnail.
  if (starts_with(field, "exif-ifd")) {
    return !starts_with(field, "exif-ifd1-");
  }
  for (const std::string_view kept : kKept) {
    if (field == kept) {
      return true;
    }
  }
  return starts_with(field, "png-comment-");
}

// A reader of the few numbers of an EXIF block that matter here (Exif 2.3, TIFF 6.0).
class ExifBlock {
 public:
  explicit ExifBlock(std::string bytes) : bytes_(std::move(bytes)) {
    constexpr std::string_view kPrefix("Exif\0\0", 6);
    start_ = bytes_.compare(0, kPrefix.size(), kPrefix) == 0 ? kPrefix.size() : 0;
    big_endian_ = bytes_.compare(start_, 2, "MM") == 0;
  }

  // Cuts off the second directory, which is the thumbnail's.
  std::string without_thumbnail() {
    const std::size_t directory = start_ + number(start_ + 4, 4);
    const std::size_t next = directory + 2 + 12 * number(directory, 2);
    if (next + 4 <= bytes_.size()) {
      bytes_.replace(next, 4, 4, '\0');
    }
    return bytes_;
  }

 private:
  [[nodiscard]] std::size_t number(std::size_t position, std::size_t size) const {
    std::size_t value = 0;
    for (std::size_t i = 0; i < size && position + size <= bytes_.size(); ++i) {
      const std::size_t index = big_endian_ ? i : size - 1 - i;
      value = value << 8U | static_cast<unsigned char>(bytes_[position + index]);
    }
    return value;
  }

  std::string bytes_;
  std::size_t start_ = 0;
  bool big_endian_ = false;
};

// Blobs are copied byte for byte: a HEIC's EXIF block points into the decoder, which does not live
// as long as the picture.
void copy_field(VipsImage* from, VipsImage* to, const std::string& name) {
  if (vips_image_get_typeof(from, name.c_str()) == VIPS_TYPE_BLOB) {
    const void* data = nullptr;
    std::size_t size = 0;
    if (vips_image_get_blob(from, name.c_str(), &data, &size) == 0) {
      std::string bytes(static_cast<const char*>(data), size);
      if (name == VIPS_META_EXIF_NAME) {
        bytes = ExifBlock(std::move(bytes)).without_thumbnail();
      }
      vips_image_set_blob_copy(to, name.c_str(), bytes.data(), bytes.size());
    }
    return;
  }
  GValue value = G_VALUE_INIT;
  if (vips_image_get(from, name.c_str(), &value) == 0) {
    vips_image_set(to, name.c_str(), &value);
    g_value_unset(&value);
  }
}

void copy_fields(VipsImage* from, VipsImage* to) {
  gchar** fields = vips_image_get_fields(from);
  for (gchar** field = fields; *field != nullptr; ++field) {
    if (is_kept(*field)) {
      copy_field(from, to, *field);
    }
  }
  g_strfreev(fields);
}

}  // namespace

Metadata::Metadata(const vips::VImage& source)
    : holder_(vips::VImage::black(1, 1).copy(
          vips::VImage::option()->set("xres", source.xres())->set("yres", source.yres()))) {
  copy_fields(source.get_image(), holder_.get_image());
}

bool Metadata::has_exif() const { return holder_.get_typeof(VIPS_META_EXIF_NAME) != 0; }

void Metadata::apply_to(vips::VImage& target) const {
  target =
      target.copy(vips::VImage::option()->set("xres", holder_.xres())->set("yres", holder_.yres()));
  copy_fields(holder_.get_image(), target.get_image());
  // The EXIF block still holds the old orientation; libvips writes this one into it.
  if (target.get_typeof(VIPS_META_EXIF_NAME) != 0) {
    target.set(VIPS_META_ORIENTATION, 1);
  }
}

}  // namespace stylize
