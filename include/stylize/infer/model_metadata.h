// What a model file says of itself.
#pragma once

#include <string>

namespace stylize {

// Text of the archive's extra file stylize.json, without loading the network; empty when it has
// none. Checks the whole file. Throws Error kModelMissing or kModelInvalid, naming `path`. Thread
// safe.
std::string read_model_metadata(const std::string& path);

}  // namespace stylize
