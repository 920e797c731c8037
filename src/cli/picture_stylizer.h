// From a chosen style and the options to what is done with each picture.
#pragma once

#include <memory>

#include "compute_choice.h"
#include "picture_options.h"
#include "style_choice.h"
#include "stylize/pipeline/stylizer.h"

namespace stylize::cli {

// Loads the style and what it needs. Throws Error kUsage for options that do not go with it and for
// a licence that was ruled out, and what the styles' constructors throw.
std::unique_ptr<Stylizer> make_picture_stylizer(const StyleChoice& style,
                                                const ComputeChoice& compute,
                                                const PictureOptions& options);

}  // namespace stylize::cli
