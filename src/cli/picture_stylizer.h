// From a chosen style and the options to what is done with each picture.
#pragma once

#include "compute_choice.h"
#include "image_options.h"
#include "style_choice.h"
#include "stylize/pipeline/batch_runner.h"

namespace stylize::cli {

// Loads the style and what it needs. Throws Error kUsage for options that do not go with it and for
// a licence that was ruled out, and what the styles' constructors throw.
StylizeFunction make_picture_stylizer(const StyleChoice& style, const ComputeChoice& compute,
                                      const ImageOptions& options);

}  // namespace stylize::cli
