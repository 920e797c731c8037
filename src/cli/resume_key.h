// What decides over the outputs of a run besides its inputs.
#pragma once

#include <string>

#include "compute_choice.h"
#include "picture_options.h"
#include "style_choice.h"

namespace stylize::cli {

// Style, every file that its network is read from, all options that change a picture, device class,
// precision and the program's version as one text: the same text means the same outputs. Files that
// options name count by their content. Throws Error kModelMissing when one of them cannot be read.
std::string resume_key(const StyleChoice& style, const ComputeChoice& compute,
                       const PictureOptions& options);

}  // namespace stylize::cli
