// `stylize image`.
#pragma once

#include "declared_command.h"
#include "image_options.h"

namespace stylize::cli {

DeclaredCommand image_command();

// Runs with options parsed already (the shortcut's).
int run_images(const ImageOptions& options);

}  // namespace stylize::cli
