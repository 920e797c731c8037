// A network that maps a picture to a picture of the same size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "stylize/infer/device.h"
#include "stylize/infer/picture_rows.h"
#include "stylize/infer/precision.h"
#include "stylize/infer/run_limits.h"

namespace stylize {

// What runs a network on the CPU.
enum class CpuEngine : std::uint8_t {
  // Strip by strip in the caches where the script is understood, by LibTorch where not (batches,
  // too): less memory and time, results equal but for rounding.
  kStrips,
  kLibTorch,
};

// A TorchScript file whose forward takes [N,3,H,W] and returns the same shape, loaded on a device
// in a precision, weights and activations channels-last. One call at a time; different objects are
// independent. A model file is code: load only what the user named. Files are checked before
// LibTorch reads them and again before anything in them runs; README.md says what that does and
// does not prevent. What a model prints becomes debug messages.
class FrameNetwork {
 public:
  // Throws Error kModelMissing, or kModelInvalid with what is wrong with the file.
  FrameNetwork(const std::string& path, const Device& device, Precision precision,
               CpuEngine engine = CpuEngine::kStrips);
  ~FrameNetwork();
  FrameNetwork(FrameNetwork&& other) noexcept;
  FrameNetwork& operator=(FrameNetwork&& other) noexcept;

  // Text of the archive's extra file stylize.json; empty when it has none.
  [[nodiscard]] const std::string& metadata() const;

  // What later runs of one picture may take, on the CPU: what is too large for it passes through
  // the network by rows, or with the help of a temporary file.
  void limit(const RunLimits& limits);

  // Whether it can keep to them, as far as the runs so far have shown; else a run takes
  // peak_bytes_per_pixel() for each pixel.
  [[nodiscard]] bool stays_within_limits() const;

  // Bytes that it holds since the last run, and that the next one takes over.
  [[nodiscard]] std::size_t reusable_memory();

  // Runs one picture, read and written by rows; height and width must suit the network (the
  // manifest's minimum and multiple_of). Throws Error kModelInvalid when the network fails or
  // answers with another shape, kOutOfMemory, kDiskFull and kOutputUnwritable (of temporary files).
  void run(int height, int width, const PictureRows& rows);

  // Runs `batch` >= 1 pictures of one size, which follow each other in memory. Both spans hold
  // batch*height*width*3 floats, pixels interleaved (NHWC), in the network's own ranges. Throws as
  // above.
  void run(std::span<const float> input, int batch, int height, int width, std::span<float> output);

  // One run on a made-up picture of side*side pixels, a size that must suit the network. Throws
  // what run() throws, and Error kModelInvalid when a value that comes out is not finite.
  void self_test(int side);

  // Bytes of tensors alive at the peak of a run, a pixel of the input. Measured once on a small
  // picture, at the cost of one small run. 0 on a GPU.
  std::size_t peak_bytes_per_pixel();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stylize
