// `stylize image`.
#pragma once

#include <string>
#include <vector>

#include "image_options.h"

namespace stylize::cli {

// Parses and runs; returns the exit code. Throws Error where nothing could be started.
int image_command(const std::vector<std::string>& arguments);

// Runs with options parsed already (the shortcut's).
int run_images(const ImageOptions& options);

}  // namespace stylize::cli
