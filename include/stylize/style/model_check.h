// Whether a model of any family works.
#pragma once

#include "stylize/infer/device.h"
#include "stylize/infer/precision.h"
#include "stylize/style/registry.h"

namespace stylize {

// Checks the model's hash, loads it, and runs a small piece of it: a made-up picture through a
// style for pictures, a code through a generator, a grey face through an encoder. Throws Error
// kModelMissing, kModelInvalid, kOutOfMemory.
void check_model(const RegisteredStyle& style, const Device& device, Precision precision);

}  // namespace stylize
