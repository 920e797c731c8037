#include "winograd.h"

#include <ATen/ops/einsum.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <array>
#include <vector>

#include "direct.h"
#include "direct_kernels.h"
#include "winograd_kernels.h"

namespace stylize::strips {
namespace {

// Of the products of a block of tiles, going in and coming out.
constexpr std::size_t kBlockBytes = 1U << 20U;

// How a kernel is taken apart, each way: into `parts` of at most `taps`, the last of which begins
// at a whole number of tiles. All are computed on the same tiles; their products are added up.
struct Split {
  std::size_t side;  // of the tiles that come out
  std::size_t taps;  // of a part
  std::size_t parts;
  std::size_t missing;  // taps that the first part is short of
};

// 3 taps are one part; 7 are 3 and 4: 16 products a pixel instead of 49.
Split split(std::int64_t kernel) { return kernel == 3 ? Split{4, 3, 1, 0} : Split{3, 4, 2, 1}; }

// Fewer tiles would be too few to read large weights for.
constexpr std::size_t kFewestTiles = 63;

// Tiles that are computed together: side by side, where kernels have one part from row to row.
struct Block {
  std::size_t first;  // tile
  std::size_t count;
};

class Winograd {
 public:
  Winograd(const Strip& input, const Factors& factors, const Convolution& convolution,
           const Target& output)
      : input_(input),
        output_(output),
        weights_(factors.weights),
        slope_(convolution.slope.value_or(1.0F)),
        shift_(channels_out(), 0.0F),
        split_(split(convolution.weight.size(2))),
        columns_((static_cast<std::size_t>(output.shape.width) + split_.side - 1) / split_.side),
        rows_((static_cast<std::size_t>(output.shape.height) + split_.side - 1) / split_.side) {
    if (factors.shift.defined()) {
      std::copy_n(factors.shift.const_data_ptr<float>(), channels_out(), shift_.begin());
    }
  }

  void run(Scratch& scratch) {
    const std::size_t in = kTileProducts * channels_in();  // of a tile
    const std::size_t out = kTileProducts * channels_out();
    const std::size_t tiles = goes_on() ? columns_ * rows_ : columns_;
    const std::size_t most = kBlockBytes / ((split_.parts * in + out) * sizeof(float));
    // An odd number: powers of two would all map to the same places of the caches.
    const std::size_t at_once = std::min((std::max(most, kFewestTiles) - 1) | 1U, tiles);
    const std::size_t row = in * (at_once + split_.parts - 1);
    const Scratch::Block taken(scratch, split_.parts * row * sizeof(float));
    const Scratch::Block made(scratch, at_once * out * sizeof(float));
    const Products products{reinterpret_cast<float*>(taken.data()), row,
                            reinterpret_cast<float*>(made.data())};
    for (std::size_t first = 0; first < tiles; first += at_once) {
      run_block({first, std::min(at_once, tiles - first)}, products);
    }
  }

 private:
  struct Products {
    float* in;  // of as many rows of tiles as there are parts, which take turns
    std::size_t row;
    float* out;
  };

  // Each row of tiles that goes in serves as many that come out as there are parts.
  void run_block(const Block& block, const Products& products) const {
    std::size_t transformed = 0;  // rows of tiles
    for (std::size_t y = 0; y < (goes_on() ? 1 : rows_); ++y) {
      for (; transformed < y + split_.parts; ++transformed) {
        transform(block, transformed, products.in + transformed % split_.parts * products.row);
      }
      multiply(block, y, products);
      transform_back(block, y, products.out);
    }
  }

  // Whether blocks go on in the next row.
  [[nodiscard]] bool goes_on() const { return split_.parts == 1; }

  struct Place {
    std::size_t top;
    std::size_t left;
  };
  [[nodiscard]] Place place(std::size_t tile, std::size_t y) const {
    const Place at = goes_on() ? Place{tile / columns_, tile % columns_} : Place{y, tile};
    return {at.top * split_.side, at.left * split_.side};
  }

  void transform(const Block& block, std::size_t y, float* products) const {
    const std::size_t channels = channels_in();
    const auto width = static_cast<std::size_t>(input_.shape.width);
    const auto height = static_cast<std::size_t>(input_.shape.height);
    const std::size_t tiles = block.count + split_.parts - 1;
    const TileLayout layout{channels, width * channels, tiles * channels};
    const auto* const pixels = reinterpret_cast<const float*>(input_.data);
    for (std::size_t tile = 0; tile < tiles; ++tile) {
      const auto [top, left] = place(block.first + tile, y);
      winograd_kernels().to_products(
          pixels + top * layout.row + left * channels, std::min(kTileInput, height - top),
          std::min(kTileInput, width - left), products + tile * channels, layout);
    }
  }

  // Parts beside each other see tiles that lie beside each other: one run.
  void multiply(const Block& block, std::size_t y, const Products& products) const {
    const std::size_t parts = split_.parts;
    const auto ahead = static_cast<std::ptrdiff_t>(products.row);
    const DirectLayout layout{.run = parts * channels_in(),
                              .rows = parts,
                              .row_in = y % parts + 1 == parts ? -ahead : ahead,  // they take turns
                              .step = channels_in(),
                              .channels = channels_out()};
    const std::size_t taken = (block.count + parts - 1) * channels_in();
    const std::size_t panels = panel_count(channels_out());
    DirectRow row{.from = products.in + y % parts * products.row,
                  .to = products.out,
                  .pixels = block.count,
                  .weights = weights_.const_data_ptr<float>(),
                  .shift = nullptr,
                  .added = nullptr,
                  .slope = 1.0F};
    for (std::size_t i = 0; i < kTileProducts; ++i) {
      direct_kernels().wide(row, layout, 0, panels);
      row.from += taken;
      row.to += block.count * channels_out();
      row.weights += panels * parts * layout.run * kPanel;
    }
  }

  void transform_back(const Block& block, std::size_t y, const float* products) const {
    const std::size_t channels = channels_out();
    const auto width = static_cast<std::size_t>(output_.shape.width);
    const TileLayout layout{channels, output_.stride / sizeof(float), block.count * channels};
    auto* const pixels = reinterpret_cast<float*>(output_.data);
    for (std::size_t tile = 0; tile < block.count; ++tile) {
      const auto [top, left] = place(block.first + tile, y);
      winograd_kernels().from_products(
          products + tile * channels, pixels + top * layout.row + left * channels, split_.side,
          std::min(split_.side, rows_out() - top), std::min(split_.side, width - left),
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
  const Target& output_;
  const at::Tensor& weights_;
  float slope_;
  std::vector<float> shift_;
  Split split_;
  std::size_t columns_;  // tiles beside each other
  std::size_t rows_;     // of tiles
};

// G: a part's values at the points, over the product of each point's distances to the others.
at::Tensor part_transform(std::int64_t taps) {
  constexpr std::array<double, kTileInput - 1> kPoints{0.0, kNear, -kNear, kFar, -kFar};
  at::Tensor g = at::zeros({static_cast<std::int64_t>(kTileInput), taps}, at::kDouble);
  auto values = g.accessor<double, 2>();
  for (std::size_t i = 0; i < kPoints.size(); ++i) {
    double power = 1.0;
    for (const double other : kPoints) {
      power /= other == kPoints.at(i) ? 1.0 : kPoints.at(i) - other;
    }
    for (std::int64_t tap = 0; tap < taps; ++tap, power *= kPoints.at(i)) {
      values[static_cast<std::int64_t>(i)][tap] = power;
    }
  }
  values[static_cast<std::int64_t>(kPoints.size())][taps - 1] = 1.0;  // at infinity
  return g;
}

// Of all parts, one below the other: [parts * 6, kernel].
at::Tensor kernel_transform(std::int64_t kernel) {
  const Split parts = split(kernel);
  const at::Tensor g = part_transform(static_cast<std::int64_t>(parts.taps));
  if (parts.parts == 1) {
    return g;
  }
  const auto first = static_cast<std::int64_t>(parts.taps - parts.missing);
  const auto points = static_cast<std::int64_t>(kTileInput);
  const at::Tensor all = at::zeros({2 * points, kernel}, at::kDouble);
  all.slice(0, 0, points).slice(1, 0, first).copy_(g.slice(1, 0, first));
  all.slice(0, points).slice(1, first).copy_(g);
  return all;
}

}  // namespace

bool suits_winograd(const Convolution& convolution) {
  constexpr auto kFewestChannels = static_cast<std::int64_t>(kFewestTileChannels);
  const at::Tensor& weight = convolution.weight;
  const std::int64_t kernel = weight.size(2);
  return (kernel == 3 || kernel == 7) && weight.size(3) == kernel && convolution.groups == 1 &&
         are_ones(convolution.stride) && are_ones(convolution.dilation) &&
         std::min(weight.size(0), weight.size(1)) >= kFewestChannels;
}

at::Tensor winograd_weights(const at::Tensor& weight) {
  const at::Tensor g = kernel_transform(weight.size(2));
  const at::Tensor products = at::einsum("iy,ocyx,jx->ijco", {g, weight.to(at::kDouble), g});
  constexpr auto kPoints = static_cast<std::int64_t>(kTileInput);
  const std::int64_t parts = g.size(0) / kPoints;
  const std::int64_t in = weight.size(1);
  const std::int64_t out = weight.size(0);
  const at::Tensor by_place = products.reshape({parts, kPoints, parts, kPoints, in, out})
                                  .permute({1, 3, 0, 2, 4, 5})
                                  .reshape({kPoints * kPoints, parts * parts * in, out})
                                  .to(at::kFloat);
  std::vector<at::Tensor> panels;
  for (const at::Tensor& place : by_place.unbind()) {
    panels.push_back(panels_of(place));
  }
  return at::stack(panels);
}

void convolve_winograd(const Strip& input, const Factors& factors, const Convolution& convolution,
                       const Target& output, Scratch& scratch) {
  Winograd(input, factors, convolution, output).run(scratch);
}

}  // namespace stylize::strips
