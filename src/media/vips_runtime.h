// libvips as this project uses it: safe loaders only, its messages through our log.
#pragma once

#include <shared_mutex>
#include <string>

#include <opencv2/core.hpp>
#include <vips/vips8>

namespace stylize {

// Starts libvips once for the process: loaders that are not safe with untrusted files are blocked,
// GLib's log goes to ours, the operation cache is off. Thread safe, cheap when already started.
void ensure_vips();

// libvips keeps one text of errors for all threads. What may add to it holds this shared; a failure
// whose text matters is repeated while it is held alone, when nobody else's words can be taken for
// its own. Not to be taken twice by one thread.
std::shared_mutex& vips_error_text();

// The first line of what libvips reported last, and forgets all of it: its messages pile up from
// one file to the next otherwise.
std::string take_vips_error();

// A view of `pixels` (continuous, 8 or 16 bit, 1 to 4 channels), which must outlive it.
vips::VImage wrap_pixels(const cv::Mat& pixels, VipsInterpretation interpretation);

// Decodes all pixels of an image of 8 or 16 bits a sample. Throws vips::VError.
cv::Mat copy_pixels(const vips::VImage& image);

}  // namespace stylize
