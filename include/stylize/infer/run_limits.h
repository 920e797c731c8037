// What a network may take for a picture, and what it does where that is too little.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string_view>

namespace stylize {

enum class Tiling : std::uint8_t {
  kAuto,  // the same result in little memory: rows by rows, or with a temporary file
  kOff,   // all of the picture in memory
  kFast,  // networks that normalize by the whole picture do so by a sample of it: no temporary
          // file, but another result
};

// "auto", "off", "fast". Throws Error kUsage for other texts.
Tiling parse_tiling(std::string_view text);

struct RunLimits {
  // Bytes for what a network makes of a picture.
  std::size_t memory = std::numeric_limits<std::size_t>::max();
  Tiling tiling = Tiling::kAuto;
  std::filesystem::path spill_folder = default_spill_folder();

  // $TMPDIR, else /var/tmp, which unlike /tmp is not in memory.
  static std::filesystem::path default_spill_folder();
};

}  // namespace stylize
