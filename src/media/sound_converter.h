// Sound in another coding.
#pragma once

#include <memory>

#include "stream_converter.h"

namespace stylize {

// To the codec that `format` usually holds, at the source's rate and channels where the encoder
// takes them. Null where there is no decoder or encoder.
std::unique_ptr<StreamConverter> make_sound_converter(const AVStream& from,
                                                      const AVOutputFormat& format);

}  // namespace stylize
