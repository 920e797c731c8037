// Subtitles of text in another coding.
#pragma once

#include <memory>

#include "stream_converter.h"

namespace stylize {

// To the codec that `format` usually holds. Null for pictures, and where there is no decoder or
// encoder of text.
std::unique_ptr<StreamConverter> make_subtitle_converter(const AVStream& from,
                                                         const AVOutputFormat& format);

}  // namespace stylize
