// A style that restyles whole frames.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "stylize/infer/device.h"
#include "stylize/infer/frame_network.h"
#include "stylize/infer/precision.h"
#include "stylize/style/manifest.h"
#include "stylize/style/registry.h"

namespace stylize {

// What drawing one picture may take, on the CPU.
struct FrameMemory {
  std::optional<std::size_t> most;  // bytes of the whole program; default: a share of what is free
  Tiling tiling = Tiling::kAuto;
};

// A loaded network together with what its manifest says of sizes and ranges. One call at a time.
class FrameStyle {
 public:
  // From the registry; the file's hash is checked first, which stands for the self test.
  FrameStyle(const RegisteredStyle& style, const Device& device, Precision precision);

  // From a TorchScript file alone, which carries its manifest inside; without one, the conventions
  // of AnimeGANv2 are assumed ([-1,1], sides that are multiples of 4) and a warning is logged.
  // Includes the self test.
  FrameStyle(const std::filesystem::path& file, const Device& device, Precision precision);

  [[nodiscard]] const Manifest& manifest() const { return manifest_; }

  // Runs the network on a small made-up picture. Throws Error kModelInvalid when it fails, the size
  // changes or a value is no number, kOutOfMemory.
  void self_test();

  // For runs from here on.
  void limit(const FrameMemory& memory) { memory_ = memory; }

  // Throws Error kOutOfMemory when a run at this size would not fit into the free memory, where it
  // cannot be made to. Sizes up to the largest that has run already fit: LibTorch keeps that
  // memory, which then counts as taken.
  void check_fits_memory(cv::Size size);

  // sRGB in, CV_8UC3 or CV_16UC3, any size from 1x1; the same size and depth out. Sides that do not
  // suit the network are extended by reflection and cut back. Throws what
  // check_fits_memory throws, and Error kModelInvalid when the network fails, kDiskFull and
  // kOutputUnwritable (of temporary files).
  cv::Mat apply(const cv::Mat& srgb);

  // The same for several pictures of one size in one run of the network; what comes out does not
  // depend on the others.
  std::vector<cv::Mat> apply(const std::vector<cv::Mat>& srgb);

  // How many pictures such a run takes at best.
  [[nodiscard]] int batch() const { return batch_; }

 private:
  struct LoadedModel {
    FrameNetwork network;
    Manifest manifest;
  };
  explicit FrameStyle(LoadedModel model);
  void require_memory_for(cv::Size size, std::size_t pictures);
  cv::Mat apply_by_rows(const cv::Mat& srgb, cv::Size padded);
  static LoadedModel load(const RegisteredStyle& style, const Device& device, Precision precision);
  static LoadedModel load(const std::filesystem::path& file, const Device& device,
                          Precision precision);

  FrameNetwork network_;
  Manifest manifest_;
  std::size_t largest_run_;  // pixels that are known to fit
  int batch_ = 1;
  FrameMemory memory_;
};

}  // namespace stylize
