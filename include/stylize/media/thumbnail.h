// Small versions of picture files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace stylize {

// The bytes of a JPEG that shows the first picture of a file: upright, in sRGB, on white where it
// is transparent, without metadata, its long side `long_side` (>= 1) pixels or, of a smaller
// picture, as it is. Reads no more detail than it needs where the format allows that. Of a damaged
// file it shows what can be decoded. Throws Error kInputMissing, kInputUnsupported or
// kInputCorrupt, naming the path. Thread safe.
std::vector<std::byte> make_thumbnail(const std::filesystem::path& path, int long_side);

}  // namespace stylize
