// `stylize align --paste`: edited crops back into their photo.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "stylize/face/face_mask.h"
#include "stylize/pipeline/batch_runner.h"

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

// One JSON line on standard output.
void print_line(const nlohmann::ordered_json& object);

// A failure as all JSON output has it.
nlohmann::ordered_json error_json(const JobFailure& failure);

}  // namespace stylize::cli
