// Memory that lies on a disk.
#pragma once

#include <cstddef>
#include <filesystem>

namespace stylize::strips {

// Maps `bytes` of a new file in `folder` which has no name, so that it vanishes with its mapping,
// whatever ends the process. The room is reserved: writing cannot fail later. To be unmapped by
// munmap. Throws Error kDiskFull, kOutputUnwritable.
void* map_spill_file(const std::filesystem::path& folder, std::size_t bytes);

}  // namespace stylize::strips
