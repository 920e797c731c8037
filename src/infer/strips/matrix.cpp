#include "matrix.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/pad.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "matrix_kernels.h"
#include "row_needs.h"
#include "scratch.h"

namespace stylize::strips {
namespace {

using Value = std::uint16_t;

constexpr auto kDepth = static_cast<std::int64_t>(kMatrixDepth);
constexpr auto kChannels = static_cast<std::int64_t>(kMatrixChannels);

std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Values that so many pixels beside each other see along a row of the kernel.
std::int64_t run_of(const Convolution& convolution, std::int64_t pixels) {
  const at::Tensor& weight = convolution.weight;
  return (weight.size(3) + (pixels - 1) * convolution.stride[1]) * weight.size(1);
}

std::int64_t steps_of(std::int64_t run) { return round_up(run, kDepth) / kDepth; }

// Pixels beside each other that are made as if they were one: they lie one behind the other, as the
// channels of one pixel do. So many of few channels as cost least, for each sees what all do; a
// power of two, which pictures' widths are multiples of.
std::int64_t pixels_of_group(const Convolution& convolution) {
  constexpr std::int64_t kStepsToWrite = 3;  // what writing a matrix of sums costs
  const at::Tensor& weight = convolution.weight;
  const auto cost = [&](std::int64_t pixels) {
    const std::int64_t steps = weight.size(2) * steps_of(run_of(convolution, pixels));
    const std::int64_t matrices = round_up(pixels * weight.size(0), kChannels) / kChannels;
    return static_cast<double>((steps + kStepsToWrite) * matrices) / static_cast<double>(pixels);
  };
  std::int64_t best = 1;
  for (std::int64_t pixels = 2; pixels * weight.size(0) <= 2 * kChannels; pixels *= 2) {
    best = cost(pixels) <= cost(best) ? pixels : best;
  }
  return best;
}

// The weights [out, in, high, wide] of a convolution that makes such a group as if it were one
// pixel: [pixels * out, in, high, what the group sees].
at::Tensor weights_of_group(const at::Tensor& weight, std::int64_t pixels, std::int64_t step) {
  std::vector<at::Tensor> all;
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
    all.push_back(at::pad(weight, {pixel * step, (pixels - 1 - pixel) * step}));
  }
  return at::cat(all);
}

// Of all pixels of a group, filled up with zeros to whole panels.
at::Tensor shift_of_group(const at::Tensor& bias, std::int64_t pixels) {
  if (!bias.defined()) {
    return bias;
  }
  const at::Tensor all = bias.to(at::kFloat).repeat(pixels);
  const std::int64_t whole = round_up(all.size(0), static_cast<std::int64_t>(kMatrixPanel));
  return at::pad(all, {0, whole - all.size(0)}).contiguous();
}

// [panels, rows, steps, 1 or 2 matrices, pairs of values, channels, 2]
at::Tensor in_panels(const at::Tensor& weight) {
  const std::int64_t out = weight.size(0);
  const std::int64_t rows = weight.size(2);
  const std::int64_t run = weight.size(1) * weight.size(3);
  const std::int64_t steps = steps_of(run);
  const std::int64_t matrices = round_up(out, kChannels) / kChannels;
  const at::Tensor by_place = weight.permute({0, 2, 3, 1}).reshape({out, rows, run});
  const at::Tensor ordered =
      at::pad(by_place, {0, steps * kDepth - run, 0, 0, 0, matrices * kChannels - out})
          .view({matrices, kChannels, rows, steps, kDepth / 2, 2})
          .permute({0, 2, 3, 4, 1, 5});
  const std::int64_t paired = matrices / 2 * 2;
  const at::Tensor pairs = ordered.narrow(0, 0, paired)
                               .reshape({paired / 2, 2, rows, steps, kDepth * kChannels})
                               .permute({0, 2, 3, 1, 4});
  const at::Tensor single = ordered.narrow(0, paired, matrices - paired);
  return at::cat({pairs.reshape(-1), single.reshape(-1)});
}

at::Tensor weights_in_panels(const Convolution& convolution, std::int64_t pixels) {
  const at::Tensor weight = convolution.weight.to(at::kBFloat16);
  return in_panels(weights_of_group(weight, pixels, convolution.stride[1]));
}

// One convolution of a strip, by the factors of groups of `pixels`; there is at least one group.
class Product {
 public:
  Product(const Strip& input, const Factors& factors, const Convolution& convolution,
          const Target& output, std::int64_t pixels)
      : input_(input),
        convolution_(convolution),
        output_(output),
        pixels_(pixels),
        factors_(factors),
        layout_(layout_of(input, convolution, pixels)) {
    const std::size_t values = static_cast<std::size_t>(input.shape.height) * layout_.row_in;
    // What is multiplied by zeros must be numbers, too.
    const bool sees_whole_steps = run_of(convolution, pixels) % kDepth == 0;
    readable_ = values + (sees_whole_steps ? input.room / sizeof(Value) : 0);
  }

  // Where groups do not come out even, the last one makes pixels that were made before once more.
  void run(Scratch& scratch) const {
    const std::int64_t groups = output_.shape.width / pixels_;
    run_groups({0, groups}, scratch);
    if (groups * pixels_ < output_.shape.width) {
      run_groups({output_.shape.width - pixels_, 1}, scratch);
    }
  }

 private:
  // Beside each other.
  struct Groups {
    std::int64_t first;  // pixel
    std::int64_t count;
  };

  static MatrixLayout layout_of(const Strip& input, const Convolution& convolution,
                                std::int64_t pixels) {
    const std::int64_t channels = input.shape.channels;
    return {.rows = static_cast<std::size_t>(convolution.weight.size(2)),
            .steps = static_cast<std::size_t>(steps_of(run_of(convolution, pixels))),
            .row_in = static_cast<std::size_t>(input.shape.width * channels),
            .step = static_cast<std::size_t>(pixels * convolution.stride[1] * channels),
            .channels = static_cast<std::size_t>(pixels * convolution.weight.size(0))};
  }

  // The last rows may end with pixels whose neighbours cannot be read.
  void run_groups(const Groups& groups, Scratch& scratch) const {
    const std::int64_t height = output_.shape.height;
    const std::size_t read = values_read(groups);
    std::int64_t y = 0;
    while (y < height && values_before(groups, y) + read <= readable_) {
      ++y;
    }
    if (y > 0) {
      multiply(rows_of(groups, {0, y}));
    }
    for (; y < height; ++y) {
      run_row(groups, y, scratch);
    }
  }

  [[nodiscard]] std::size_t down_in() const {
    return static_cast<std::size_t>(convolution_.stride[0]) * layout_.row_in;
  }

  // Values from the first one that the groups of a row see to the last that the kernel may read.
  [[nodiscard]] std::size_t values_read(const Groups& groups) const {
    const auto count = static_cast<std::size_t>(groups.count) + kMatrixRun - 1;
    return (layout_.rows - 1) * layout_.row_in +
           (count / kMatrixRun * kMatrixRun - 1) * layout_.step + layout_.steps * kMatrixDepth;
  }

  // Values of the input that lie before the groups of a row.
  [[nodiscard]] std::size_t values_before(const Groups& groups, std::int64_t y) const {
    return static_cast<std::size_t>(y) * down_in() +
           static_cast<std::size_t>(groups.first * convolution_.stride[1] * input_.shape.channels);
  }

  [[nodiscard]] MatrixRows rows_of(const Groups& groups, RowRange range) const {
    const auto y = static_cast<std::size_t>(range.first);
    const auto before = static_cast<std::size_t>(groups.first * output_.shape.channels);
    const auto* const added = reinterpret_cast<const Value*>(output_.added_row(range.first));
    return {
        .from = reinterpret_cast<const Value*>(input_.data) + values_before(groups, range.first),
        .to = reinterpret_cast<Value*>(output_.data + y * output_.stride) + before,
        .added = added == nullptr ? nullptr : added + before,
        .rows = static_cast<std::size_t>(range.count()),
        .pixels = static_cast<std::size_t>(groups.count),
        .down_in = down_in(),
        .down_out = output_.stride / sizeof(Value),
        .down_added = output_.added_stride / sizeof(Value),
        .weights = static_cast<const Value*>(factors_.weights.const_data_ptr()),
        .shift = factors_.shift.defined() ? factors_.shift.const_data_ptr<float>() : nullptr,
        .slope = convolution_.slope.value_or(1.0F)};
  }

  // The last groups from a copy of what they see, with room behind it.
  void run_row(const Groups& groups, std::int64_t y, Scratch& scratch) const {
    constexpr auto kRun = static_cast<std::int64_t>(kMatrixRun);
    Groups first{groups.first, (groups.count - 1) / kRun * kRun};
    while (first.count > 0 && values_before(first, y) + values_read(first) > readable_) {
      first.count -= kRun;
    }
    if (first.count > 0) {
      multiply(rows_of(first, {y, y + 1}));
    }
    const Groups last{groups.first + first.count * pixels_, groups.count - first.count};
    const std::size_t read = values_read(last);
    const std::size_t all = static_cast<std::size_t>(input_.shape.height) * layout_.row_in;
    const std::size_t seen = std::min(read, all - values_before(last, y));
    const Scratch::Block copy(scratch, read * sizeof(Value));
    MatrixRows rows = rows_of(last, {y, y + 1});
    std::memcpy(copy.data(), rows.from, seen * sizeof(Value));
    std::memset(copy.data() + seen * sizeof(Value), 0, (read - seen) * sizeof(Value));
    rows.from = reinterpret_cast<const Value*>(copy.data());
    multiply(rows);
  }

  // Panels whose weights stay in the second cache make all rows before the next ones do.
  void multiply(const MatrixRows& rows) const {
    constexpr std::size_t kKeptBytes = 1U << 20U;
    const std::size_t bytes =
        layout_.rows * layout_.steps * kMatrixPanel * kMatrixDepth * sizeof(Value);
    const std::size_t together = std::max(kKeptBytes / bytes, std::size_t{1});
    const std::size_t panels = matrix_panels(layout_.channels);
    for (std::size_t first = 0; first < panels; first += together) {
      matrix_kernel()(rows, layout_, first, std::min(panels, first + together));
    }
  }

  const Strip& input_;
  const Convolution& convolution_;
  const Target& output_;
  std::int64_t pixels_;
  const Factors& factors_;
  MatrixLayout layout_;
  std::size_t readable_;  // values of the input, from its first
};

}  // namespace

bool has_matrix_units() { return matrix_kernel() != nullptr; }

bool suits_matrix(const Convolution& convolution) {
  return has_matrix_units() && convolution.groups == 1 && are_ones(convolution.dilation);
}

at::Tensor matrix_weights(const Convolution& convolution) {
  return weights_in_panels(convolution, pixels_of_group(convolution));
}

at::Tensor matrix_shift(const Convolution& convolution) {
  return shift_of_group(convolution.bias, pixels_of_group(convolution));
}

void convolve_matrix(const Strip& input, const Factors& factors, const Convolution& convolution,
                     const Target& output, Scratch& scratch) {
  const std::int64_t pixels = pixels_of_group(convolution);
  if (output.shape.width >= pixels) {
    Product(input, factors, convolution, output, pixels).run(scratch);
  } else {
    const Factors single{weights_in_panels(convolution, 1), shift_of_group(convolution.bias, 1)};
    Product(input, single, convolution, output, 1).run(scratch);
  }
}

}  // namespace stylize::strips
