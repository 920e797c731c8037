// Convolutions of strips: in float by loops of our own where they know the kind, all others by
// oneDNN, which LibTorch brings.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "row_kernels.h"

namespace stylize::strips {

struct MapShape {
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;

  bool operator==(const MapShape&) const = default;
};

struct Convolution {
  at::Tensor weight;  // [out, in / groups, kernel, kernel]
  at::Tensor bias;    // undefined: none
  std::vector<std::int64_t> stride;
  std::vector<std::int64_t> dilation;
  std::int64_t groups = 1;
  bool is_fixed = false;  // the weight is the network's own, the same in every run
  bool has_fixed_bias = false;
  std::optional<float> slope;  // of a leaky rectifier behind it

  // Rows (axis 0) or columns (1) of the input that one of the output sees.
  [[nodiscard]] std::int64_t reach(std::size_t axis) const;
};

// A stride or dilation that is none.
inline bool are_ones(const std::vector<std::int64_t>& pair) { return pair[0] == 1 && pair[1] == 1; }

at::ScalarType type_of(Element element);

// What the values of a map are in a run on `own`. Pictures, and all that has no more channels, are
// of floats: their values add up to what is seen, and bfloat16 has only 8 of the bits that matter.
Element element_of(const MapShape& shape, Element own);

// What comes out for an input that is padded already.
MapShape shape_after(const MapShape& input, const Convolution& convolution);

class Scratch;

// Memory of a strip, given as a tensor [rows, columns, channels] would lie there.
struct Strip {
  std::byte* data = nullptr;
  MapShape shape;
  std::size_t room = 0;  // bytes behind it that may be read, too; anything may be in them
};

// Where the rows of a convolution go, `stride` bytes from one to the next.
struct Target {
  std::byte* data = nullptr;
  MapShape shape;
  std::size_t stride = 0;
  const std::byte* added = nullptr;  // what is added to them at last; null: nothing
  std::size_t added_stride = 0;

  [[nodiscard]] const std::byte* added_row(std::int64_t y) const {
    return added == nullptr ? nullptr : added + static_cast<std::size_t>(y) * added_stride;
  }
};

// What a kernel multiplies by and adds, in its own order.
struct Factors {
  at::Tensor weights;
  at::Tensor shift;  // float; undefined: zeros
};

// Counts changes in place, but for tensors that were made while running, or are undefined.
std::uint32_t version_of(const at::Tensor& weight);

// [1, channels, rows, columns], channels-last, of the same memory.
at::Tensor tensor_of(const Strip& strip, Element element);
at::Tensor tensor_of(const Target& target, Element element);

// Keeps weights in the order that their kernels want. Thread safe.
class ConvolutionRunner {
 public:
  explicit ConvolutionRunner(Element element) : element_(element) {}

  // `input` is padded; what comes out goes to `output`; values are as element_of() says. In the
  // thread that calls, inside of at::parallel_for. Throws c10::Error.
  void run(const Strip& input, const Convolution& convolution, const Target& output,
           Scratch& scratch);

  // Whether a row's values are the same whichever others are made with it.
  [[nodiscard]] bool makes_rows_alone(const Convolution& convolution) const;

  // Whether a few rows at a time are as quick as many.
  [[nodiscard]] bool is_quick_to_call() const;

 private:
  // A weight in the order of its kernel.
  struct Prepared {
    at::Tensor original;  // kept, so that its address stays its own
    std::uint32_t version;
    std::vector<std::int64_t> stride;
    std::vector<std::int64_t> dilation;
    std::int64_t groups;
    at::Tensor weights;
    at::Tensor bias;  // that the shift was made of
    std::uint32_t bias_version = 0;
    at::Tensor shift;

    [[nodiscard]] bool is_for(const Convolution& convolution) const;
    [[nodiscard]] bool has_shift_of(const at::Tensor& other) const;
  };

  // A weight for channels in two parts.
  struct Parts {
    at::Tensor original;  // kept, so that its address stays its own
    std::uint32_t version;
    at::Tensor weight;
  };

  enum class Kind : std::uint8_t { kDirect, kWinograd, kDepthwise, kMatrix, kOther };

  [[nodiscard]] Kind kind_of(const Convolution& convolution) const;
  [[nodiscard]] at::Tensor weights_of(const Convolution& convolution, const MapShape& input) const;
  [[nodiscard]] at::Tensor shift_of(const Convolution& convolution) const;
  Factors prepared(const Convolution& convolution, const MapShape& input);
  Convolution of_parts(const Convolution& convolution);
  void run_from_own(const Strip& input, const Convolution& convolution, const Target& output,
                    Scratch& scratch);
  void run_own(const Strip& input, const Convolution& convolution, const Target& output,
               Scratch& scratch);
  void convolve(const Strip& input, const at::Tensor& weights, const Convolution& convolution,
                const Target& output) const;

  Element element_;
  std::mutex mutex_;
  std::unordered_map<const void*, Prepared> prepared_;  // by weight
  std::unordered_map<const void*, Parts> parts_;        // as well
};

}  // namespace stylize::strips
