// A network that maps a picture to a picture of the same size.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "stylize/infer/device.h"
#include "stylize/infer/precision.h"

namespace stylize {

// A TorchScript file whose forward takes [N,3,H,W] and returns the same shape, loaded on a device
// in a precision, weights and activations channels-last. One call at a time; different objects are
// independent. A model file is code: load only what the user named.
class FrameNetwork {
 public:
  // Throws Error kModelMissing or kModelInvalid.
  FrameNetwork(const std::string& path, const Device& device, Precision precision);
  ~FrameNetwork();
  FrameNetwork(FrameNetwork&& other) noexcept;
  FrameNetwork& operator=(FrameNetwork&& other) noexcept;

  // Text of the archive's extra file stylize.json; empty when it has none.
  [[nodiscard]] const std::string& metadata() const;

  // Runs one picture. Both spans hold height*width*3 floats, pixels interleaved (HWC), in the
  // network's own ranges; height and width must suit it (the manifest's minimum and multiple_of).
  // Throws Error kModelInvalid when the network fails or answers with another shape, kOutOfMemory.
  void run(std::span<const float> input, int height, int width, std::span<float> output);

  // Bytes of tensors alive at the peak of a run, a pixel of the input. Measured once on a small
  // picture, at the cost of one small run. 0 on a GPU.
  std::size_t peak_bytes_per_pixel();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stylize
