// `stylize align --paste`: edited crops back into their photo.
#pragma once

#include <filesystem>

#include "stylize/face/face_mask.h"

namespace stylize::cli {

struct PasteRequest {
  std::filesystem::path record;  // photo.faces.json
  std::filesystem::path photo;   // empty: where the record says
  std::filesystem::path output;  // file, folder, or "-"
  MaskShape mask = MaskShape::kHead;
  bool overwrite = false;
  bool json = false;
};

// Returns the exit code. Throws Error where nothing could be started.
int paste_crops(const PasteRequest& request);

}  // namespace stylize::cli
