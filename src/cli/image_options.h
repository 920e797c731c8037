// The options of `stylize image` and of the shortcut.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "picture_options.h"

namespace stylize::cli {

struct ImageOptions : PictureOptions {
  std::vector<std::string> inputs;
};

// Declares the options on `app`, which must not outlive `options`.
void add_image_options(CLI::App& app, ImageOptions& options);

// Throws Error kUsage for combinations that make no sense.
ImageRequest image_request(const ImageOptions& options, const std::string& style_name);

}  // namespace stylize::cli
