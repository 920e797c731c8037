// Which of libvips' loaders may read a file, and what its complaints mean.
#pragma once

#include <string>

#include "stylize/core/error.h"
#include "vips_runtime.h"

namespace stylize {

// The nickname of the loader for the content of `source` ("jpegload_source", ...). Only loaders of
// the formats that we promise to read are taken; others may run code that was never meant for files
// from strangers. Throws Error kInputUnsupported, or kInputCorrupt for a TIFF without its end.
std::string find_trusted_loader(const vips::VSource& source, const std::string& subject);

// What libvips said last about `subject`, as kInputUnsupported or kInputCorrupt.
Error decoding_error(const std::string& subject);

}  // namespace stylize
