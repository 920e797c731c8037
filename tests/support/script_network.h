// Networks written as TorchScript on the spot, run in strips and by LibTorch. No LibTorch header
// here: its CHECK is not Catch's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "stylize/infer/run_limits.h"

namespace stylize::test {

// One picture of three channels, channel by channel.
struct ScriptPicture {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<float> values;
};

class ScriptNetwork {
 public:
  using Weights = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;

  // `weights` by name and shape: kernels [out, in, high, wide] are normally distributed and keep
  // the size of what goes through, vectors are near 1. `forward` is the body of forward(self, x).
  ScriptNetwork(const Weights& weights, const std::string& forward);
  ~ScriptNetwork();
  ScriptNetwork(ScriptNetwork&& other) noexcept;
  ScriptNetwork& operator=(ScriptNetwork&& other) noexcept;

  // Largest difference between both ways on a made-up picture. Throws std::logic_error where the
  // shapes differ.
  double difference(std::int64_t height, std::int64_t width);

  // In strips; throws what that throws.
  std::vector<float> run(const ScriptPicture& picture, int threads = 2);
  // By LibTorch, in double precision.
  std::vector<float> exact(const ScriptPicture& picture);

  // In strips within limits; what comes out must be of the picture's size.
  std::vector<float> run_limited(const ScriptPicture& picture, const RunLimits& limits);
  [[nodiscard]] std::string limited_report() const;  // how the last of these runs went

  // What ran how in the last run in strips.
  [[nodiscard]] std::string report() const;

  // Weights and runs in strips are bfloat16 from here on.
  void use_bfloat16();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Values around `mean`.
ScriptPicture made_up_picture(std::int64_t height, std::int64_t width, float mean = 0.5F);

}  // namespace stylize::test
