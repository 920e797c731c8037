// Whether a disk has room for a video, before hours go into drawing it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "ffmpeg_ptr.h"
#include "video_source.h"

namespace stylize {

// About how many bytes so many drawn frames will have, rather too few than too many: a run that
// would have fitted must not be refused. `encoder` is the one that it is drawn with.
std::uintmax_t drawn_bytes(std::int64_t frames, const AVCodecContext& encoder);

// The same of the streams that are copied.
std::uintmax_t copied_bytes(const VideoSource& source);

// Throws Error kDiskFull, naming `output`, where fewer bytes are free on the disk of its folder, or
// of the folder that this is to be made in. A disk that does not say is taken for large enough.
void check_space(const std::filesystem::path& output, std::uintmax_t needed);

}  // namespace stylize
