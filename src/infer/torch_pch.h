// Precompiled for this layer: LibTorch's headers take most of the compile time of a file.
#pragma once

#include <torch/script.h>
