// Colours of a file's own profile to sRGB, which networks expect, and back.
#pragma once

#include <string>

#include <opencv2/core.hpp>

namespace stylize {

// Relative colorimetric conversion between an RGB profile and sRGB. A picture keeps its profile:
// the network sees sRGB, its result goes back into the profile's space, so that a colour-managed
// viewer shows what the network painted. Immutable, thread safe.
class ColorConverter {
 public:
  // `icc` may be empty: sRGB. Throws Error kInputUnsupported when the profile is damaged, is not an
  // RGB one or works in one direction only.
  explicit ColorConverter(std::string icc);

  // Whether the profile's space is sRGB within one 8-bit level; conversions then return their
  // input.
  [[nodiscard]] bool is_identity() const { return identity_; }

  // CV_8UC3 or CV_16UC3; the depth stays.
  [[nodiscard]] cv::Mat to_srgb(const cv::Mat& rgb) const;
  [[nodiscard]] cv::Mat from_srgb(const cv::Mat& srgb) const;

 private:
  std::string icc_;
  bool identity_ = true;
};

// The bytes of the sRGB profile, to tag pictures with.
std::string srgb_profile();

}  // namespace stylize
