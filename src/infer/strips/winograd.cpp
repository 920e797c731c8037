#include "winograd.h"

#include <ATen/ops/bmm.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <vector>

#include "winograd_kernels.h"

namespace stylize::strips {
namespace {

constexpr std::int64_t kFewestChannels = 32;
// Of the products of a block of tiles, going in and coming out.
constexpr std::size_t kBlockBytes = 2U << 20U;

// Tiles of one row of tiles, side by side.
struct Block {
  std::size_t top;    // row of the strip's output
  std::size_t first;  // tile
  std::size_t count;
};

class Winograd {
 public:
  Winograd(const Strip& input, const at::Tensor& weights, const Convolution& convolution,
           const Strip& output)
      : input_(input),
        output_(output),
        weights_(weights),
        slope_(convolution.slope.value_or(1.0F)),
        shift_(channels_out(), 0.0F),
        columns_((static_cast<std::size_t>(output.shape.width) + kTileOutput - 1) / kTileOutput) {
    if (convolution.bias.defined()) {
      std::copy_n(convolution.bias.contiguous().const_data_ptr<float>(), channels_out(),
                  shift_.begin());
    }
  }

  void run(Scratch& scratch) {
    const std::size_t tile_bytes = kTileProducts * (channels_in() + channels_out()) * sizeof(float);
    const std::size_t at_once = std::clamp<std::size_t>(kBlockBytes / tile_bytes, 1, columns_);
    const Scratch::Block taken(scratch, kTileProducts * at_once * channels_in() * sizeof(float));
    const Scratch::Block made(scratch, kTileProducts * at_once * channels_out() * sizeof(float));
    auto* const in = reinterpret_cast<float*>(taken.data());
    auto* const out = reinterpret_cast<float*>(made.data());
    for (std::size_t top = 0; top < rows_out(); top += kTileOutput) {
      for (std::size_t first = 0; first < columns_; first += at_once) {
        const Block block{top, first, std::min(at_once, columns_ - first)};
        transform(block, in);
        multiply(block, in, out);
        transform_back(block, out);
      }
    }
  }

 private:
  void transform(const Block& block, float* products) const {
    const std::size_t channels = channels_in();
    const auto width = static_cast<std::size_t>(input_.shape.width);
    const auto height = static_cast<std::size_t>(input_.shape.height);
    const TileLayout layout{channels, width * channels, block.count * channels};
    const auto* const pixels = reinterpret_cast<const float*>(input_.data);
    for (std::size_t tile = 0; tile < block.count; ++tile) {
      const std::size_t left = (block.first + tile) * kTileOutput;
      winograd_kernels().to_products(pixels + block.top * layout.row + left * channels,
                                     std::min(kTileInput, height - block.top),
                                     std::min(kTileInput, width - left), products + tile * channels,
                                     layout);
    }
  }

  void multiply(const Block& block, float* in, float* out) const {
    const auto tiles = static_cast<std::int64_t>(block.count);
    constexpr auto kProducts = static_cast<std::int64_t>(kTileProducts);
    at::Tensor made = at::from_blob(out, {kProducts, tiles, output_.shape.channels}, at::kFloat);
    at::bmm_out(made, at::from_blob(in, {kProducts, tiles, input_.shape.channels}, at::kFloat),
                weights_);
  }

  void transform_back(const Block& block, const float* products) const {
    const std::size_t channels = channels_out();
    const auto width = static_cast<std::size_t>(output_.shape.width);
    const TileLayout layout{channels, width * channels, block.count * channels};
    auto* const pixels = reinterpret_cast<float*>(output_.data);
    for (std::size_t tile = 0; tile < block.count; ++tile) {
      const std::size_t left = (block.first + tile) * kTileOutput;
      winograd_kernels().from_products(
          products + tile * channels, pixels + block.top * layout.row + left * channels,
          std::min(kTileOutput, rows_out() - block.top), std::min(kTileOutput, width - left),
          shift_.data(), slope_, layout);
    }
  }

  [[nodiscard]] std::size_t channels_in() const {
    return static_cast<std::size_t>(input_.shape.channels);
  }
  [[nodiscard]] std::size_t channels_out() const {
    return static_cast<std::size_t>(output_.shape.channels);
  }
  [[nodiscard]] std::size_t rows_out() const {
    return static_cast<std::size_t>(output_.shape.height);
  }

  const Strip& input_;
  const Strip& output_;
  const at::Tensor& weights_;
  float slope_;
  std::vector<float> shift_;
  std::size_t columns_;  // tiles beside each other
};

}  // namespace

bool suits_winograd(const Convolution& convolution) {
  constexpr std::int64_t kSide = 3;
  const at::Tensor& weight = convolution.weight;
  const std::vector<std::int64_t> once{1, 1};
  return weight.size(2) == kSide && weight.size(3) == kSide && convolution.groups == 1 &&
         convolution.stride == once && convolution.dilation == once &&
         std::min(weight.size(0), weight.size(1)) >= kFewestChannels;
}

at::Tensor winograd_weights(const at::Tensor& weight) {
  constexpr double kSixth = 1.0 / 6.0;
  constexpr double kTwelfth = 1.0 / 12.0;
  constexpr double kTwentyFourth = 1.0 / 24.0;
  const at::Tensor g = at::tensor({0.25, 0.0, 0.0,                    //
                                   -kSixth, -kSixth, -kSixth,         //
                                   -kSixth, kSixth, -kSixth,          //
                                   kTwentyFourth, kTwelfth, kSixth,   //
                                   kTwentyFourth, -kTwelfth, kSixth,  //
                                   0.0, 0.0, 1.0},
                                  at::kDouble)
                           .view({6, 3});
  const at::Tensor products = at::einsum("iy,ocyx,jx->ijco", {g, weight.to(at::kDouble), g});
  return products
      .reshape({static_cast<std::int64_t>(kTileProducts), weight.size(1), weight.size(0)})
      .to(at::kFloat)
      .contiguous();
}

void convolve_winograd(const Strip& input, const at::Tensor& weights,
                       const Convolution& convolution, const Strip& output, Scratch& scratch) {
  Winograd(input, weights, convolution, output).run(scratch);
}

}  // namespace stylize::strips
