// What a file says about its picture besides pixels and colour profile.
#pragma once

#include <vips/vips8>

namespace stylize {

// Immutable and shareable between threads. Keeps the fields in a one-pixel libvips image, since
// libvips needs a parsed EXIF block (its own fields), not only the bytes, to write it again.
class Metadata {
 public:
  // Takes EXIF, XMP, IPTC, comments and resolution of `source`. Leaves out what would be wrong for
  // a new picture: orientation (already applied), the embedded thumbnail (it shows the old
  // picture), page layout and encoder details.
  explicit Metadata(const vips::VImage& source);

  [[nodiscard]] bool has_exif() const;

  // Puts everything onto `target`.
  void apply_to(vips::VImage& target) const;

 private:
  vips::VImage holder_;
};

}  // namespace stylize
