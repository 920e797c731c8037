// What `stylize align` writes down about a photo's faces, and what putting them back needs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <opencv2/core.hpp>

#include "stylize/face/alignment.h"
#include "stylize/face/face.h"

namespace stylize {

inline constexpr int kLargestCrop = 4096;

struct CropRecord {
  std::string crop;  // file name, in the folder of the record
  Face face;
  Quad quad;
  cv::Matx23d to_picture;  // from indices of a crop of `size` pixels a side
  int size = 0;
};

struct FaceRecord {
  std::string input;  // of the photo; relative to the folder of the record, or absolute
  cv::Size picture;   // upright
  AlignmentVariant variant = AlignmentVariant::kJojogan;
  std::vector<CropRecord> faces;
};

// "ffhq", "ffhq-fine", "wide".
std::string_view variant_name(AlignmentVariant variant);
std::optional<AlignmentVariant> find_variant(std::string_view name);

// Indented JSON with every number exactly. What is not UTF-8 becomes U+FFFD.
std::string face_record_text(const FaceRecord& record);

// The same back. Throws Error kInputCorrupt, naming `source` and the key at fault: for keys that
// are missing, unknown or of another type, numbers out of range, crops that are not plain file
// names, and squares that are not those of the landmarks.
FaceRecord parse_face_record(std::string_view text, const std::string& source);

}  // namespace stylize
