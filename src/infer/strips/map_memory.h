// Memory of feature maps.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "convolution.h"

namespace stylize::strips {

// Maps are few and large, and their sizes differ: on the heap they leave gaps that none of the next
// ones fits into. Here each has pages of its own, which the next one of about its size takes over
// and which beyond some hundred megabytes go back to the system. Thread safe.
class MapMemory {
 public:
  MapMemory();

  // [1, channels, height, width], channels-last, with whatever was there before. May outlive this
  // object. Throws std::bad_alloc.
  at::Tensor make(const MapShape& shape, Element element);

 private:
  class Pages;

  std::shared_ptr<Pages> pages_;
};

}  // namespace stylize::strips
