#include "doubling.h"

#include <ATen/ops/bmm.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "doubling_kernels.h"

namespace stylize::strips {
namespace {

constexpr auto kStep = static_cast<std::int64_t>(kDoublingStep);
constexpr auto kMade = static_cast<std::int64_t>(kDoublingOutput);
constexpr auto kProducts = static_cast<std::int64_t>(kDoublingProducts);
constexpr std::int64_t kPoints = 5;
// Rows of what the transposed convolution makes that the filter sees besides the newest one.
constexpr std::int64_t kKept = 3;
// Fewer tiles would be too few to read large weights for.
constexpr std::int64_t kFewestTiles = 63;

// One band: rows of tiles from the top, what the next ones need of the last ones kept.
class Band {
 public:
  Band(const Doubling& doubling, Scratch& scratch)
      : doubling_(doubling),
        in_(doubling.shape.channels),
        out_(doubling.channels),
        tiles_across_(doubling.shape.width / kStep + 1),
        rows_at_once_(
            std::max<std::int64_t>(1, (kFewestTiles + tiles_across_ - 1) / tiles_across_)),
        wide_row_((tiles_across_ * kMade + 1) * out_),
        source_(scratch, floats((rows_at_once_ * kStep + 1) * source_row())),
        taken_(scratch, floats(kProducts * tiles(rows_at_once_) * in_)),
        made_(scratch, floats(kProducts * tiles(rows_at_once_) * out_)),
        wide_(scratch, floats((rows_at_once_ * kMade + kKept) * wide_row_)),
        zeros_(static_cast<std::size_t>(in_), 0.0F) {
    std::fill_n(values(wide_), (rows_at_once_ * kMade + kKept) * wide_row_, 0.0F);
  }

  // Rows of tiles; the last one is made for the rows of the output that end in it.
  void run(RowRange tile_rows, RowRange output_rows) {
    for (std::int64_t y = tile_rows.first; y <= tile_rows.last; y += rows_at_once_) {
      const std::int64_t rows = std::min(rows_at_once_, tile_rows.last + 1 - y);
      read(y, rows);
      transform(rows);
      multiply(rows);
      transform_back(rows);
      const std::int64_t first = y * kMade - kKept;  // row in memory
      smooth(first, {std::max(output_rows.first, first + 1),
                     std::min(output_rows.last, first + 1 + rows * kMade)});
      std::memmove(values(wide_), values(wide_) + rows * kMade * wide_row_,
                   floats(kKept * wide_row_));
    }
  }

 private:
  static std::size_t floats(std::int64_t count) {
    return static_cast<std::size_t>(count) * sizeof(float);
  }
  static float* values(const Scratch::Block& block) {
    return reinterpret_cast<float*>(block.data());
  }
  [[nodiscard]] std::int64_t tiles(std::int64_t rows) const { return rows * tiles_across_; }
  [[nodiscard]] std::int64_t source_row() const { return (tiles_across_ * kStep + 1) * in_; }

  // style * input, with zeros around.
  void read(std::int64_t tile_row, std::int64_t rows) {
    const auto [channels, height, width] = doubling_.shape;
    float* to = values(source_);
    const std::int64_t first = tile_row * kStep - 1;
    for (std::int64_t y = first; y <= first + rows * kStep; ++y, to += source_row()) {
      if (y < 0 || y >= height) {
        std::fill_n(to, source_row(), 0.0F);
        continue;
      }
      std::fill_n(to, in_, 0.0F);
      row_kernels(Element::kFloat)
          .activate(doubling_.input + y * width * in_, to + in_, static_cast<std::size_t>(width),
                    static_cast<std::size_t>(channels), doubling_.style, zeros_.data(), 1.0F);
      std::fill(to + (width + 1) * in_, to + source_row(), 0.0F);
    }
  }

  void transform(std::int64_t rows) {
    const DoublingLayout layout{static_cast<std::size_t>(in_),
                                static_cast<std::size_t>(source_row()),
                                static_cast<std::size_t>(tiles(rows) * in_)};
    for (std::int64_t tile = 0; tile < tiles(rows); ++tile) {
      const std::int64_t pixel = tile % tiles_across_ * kStep * in_;
      doubling_kernels().to_products(
          values(source_) + tile / tiles_across_ * kStep * source_row() + pixel,
          values(taken_) + tile * in_, layout);
    }
  }

  // `count` weights from the one numbered `weight`, with `times` products each.
  void multiply(std::int64_t rows, std::int64_t weight, std::int64_t count, std::int64_t times,
                std::int64_t product) {
    const std::int64_t lines = times * tiles(rows);
    const std::int64_t place = product * tiles(rows);
    at::Tensor to = at::from_blob(values(made_) + place * out_, {count, lines, out_}, at::kFloat);
    at::bmm_out(to, at::from_blob(values(taken_) + place * in_, {count, lines, in_}, at::kFloat),
                doubling_.weights.narrow(0, weight, count));
  }

  void multiply(std::int64_t rows) {
    constexpr std::int64_t kBoth = kPoints * kPoints;
    constexpr std::int64_t kOne = 2 * kPoints;
    multiply(rows, 0, kBoth, 1, 0);
    multiply(rows, kBoth, kOne, kStep, kBoth);
    multiply(rows, kBoth + kOne, 1, kStep * kStep, kBoth + kOne * kStep);
  }

  void transform_back(std::int64_t rows) {
    const DoublingLayout layout{static_cast<std::size_t>(out_), static_cast<std::size_t>(wide_row_),
                                static_cast<std::size_t>(tiles(rows) * out_)};
    for (std::int64_t tile = 0; tile < tiles(rows); ++tile) {
      const std::int64_t row = kKept + tile / tiles_across_ * kMade;
      const std::int64_t pixel = (tile % tiles_across_ * kMade + 1) * out_;
      doubling_kernels().from_products(values(made_) + tile * out_,
                                       values(wide_) + row * wide_row_ + pixel, layout);
    }
  }

  // `first` is the first row in memory.
  void smooth(std::int64_t first, RowRange rows) {
    const std::int64_t width = 2 * doubling_.shape.width;
    SmoothRow row{.rows = {},
                  .pixels = static_cast<std::size_t>(width),
                  .channels = static_cast<std::size_t>(out_),
                  .down = doubling_.taps.down.data(),
                  .across = doubling_.taps.across.data(),
                  .scale = doubling_.gain,
                  .shift = doubling_.bias,
                  .noise = nullptr,
                  .slope = doubling_.slope};
    for (std::int64_t y = rows.first; y < rows.last; ++y) {
      for (std::int64_t i = 0; i <= kKept; ++i) {
        row.rows[i] = values(wide_) + (y - 1 + i - first) * wide_row_;
      }
      row.noise = doubling_.noise + y * width;
      doubling_kernels().smooth(row, doubling_.output + y * width * out_);
    }
  }

  const Doubling& doubling_;
  std::int64_t in_;
  std::int64_t out_;
  std::int64_t tiles_across_;  // one more than the input has, for the last column
  std::int64_t rows_at_once_;  // of tiles
  std::int64_t wide_row_;      // what the transposed convolution makes, a zero left of it
  Scratch::Block source_;
  Scratch::Block taken_;
  Scratch::Block made_;
  Scratch::Block wide_;
  std::vector<float> zeros_;
};

}  // namespace

std::optional<SmoothTaps> smooth_taps(const at::Tensor& filter) {
  constexpr double kTolerance = 1e-6;
  const at::Tensor taps = filter.to(at::kDouble).flip({0, 1}).contiguous();
  const at::Tensor down = taps.sum(1).contiguous();
  const at::Tensor across = taps.sum(0).contiguous();
  const auto sum = taps.sum().item<double>();
  const at::Tensor product = at::einsum("i,j->ij", {down, across}).div(sum);
  const auto largest = taps.abs().max().item<double>();
  if (!(sum != 0.0 && at::sub(product, taps).abs().max().item<double>() <= kTolerance * largest)) {
    return std::nullopt;
  }
  SmoothTaps found;
  for (std::size_t i = 0; i < found.down.size(); ++i) {
    found.down.at(i) = static_cast<float>(down.const_data_ptr<double>()[i]);
    found.across.at(i) = static_cast<float>(across.const_data_ptr<double>()[i] / sum);
  }
  return found;
}

at::Tensor doubling_weights(const at::Tensor& weight) {
  constexpr double kSixth = 1.0 / 6.0;
  // The values at the points of the polynomial with coefficients w2, w0, over the product of each
  // point's distances to the others; behind them w1.
  const at::Tensor g = at::tensor({0.0, 0.0, 0.5,            //
                                   -0.5, 0.0, -0.5,          //
                                   kSixth, 0.0, -kSixth,     //
                                   2 * kSixth, 0.0, kSixth,  //
                                   1.0, 0.0, 0.0,            //
                                   0.0, 1.0, 0.0},
                                  at::kDouble)
                           .view({kPoints + 1, 3});
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < kPoints * kPoints; ++i) {
    order.push_back(i / kPoints * (kPoints + 1) + i % kPoints);
  }
  for (std::int64_t i = 0; i < kPoints; ++i) {
    order.push_back(i * (kPoints + 1) + kPoints);
  }
  for (std::int64_t i = 0; i <= kPoints; ++i) {
    order.push_back(kPoints * (kPoints + 1) + i);
  }
  return at::einsum("iy,ocyx,jx->ijco", {g, weight.to(at::kDouble), g})
      .reshape({static_cast<std::int64_t>(kDoublingWeights), weight.size(1), weight.size(0)})
      .index_select(0, at::tensor(order))
      .to(at::kFloat)
      .contiguous();
}

bool suits_doubling(const MapShape& input, std::int64_t channels) {
  constexpr auto kMultiple = static_cast<std::int64_t>(kDoublingChannels);
  return input.height % kStep == 0 && input.width % kStep == 0 && input.channels % kMultiple == 0 &&
         channels % kMultiple == 0;
}

std::int64_t bands_of(const Doubling& doubling, std::int64_t most) {
  constexpr std::int64_t kFewestTileRows = 8;  // one more is made for each band
  return std::clamp<std::int64_t>(doubling.shape.height / kStep / kFewestTileRows, 1, most);
}

void run_band(const Doubling& doubling, std::int64_t band, std::int64_t bands, Scratch& scratch) {
  const std::int64_t rows = doubling.shape.height / kStep;
  const RowRange tile_rows{rows * band / bands, rows * (band + 1) / bands};
  // The first row that needs nothing above the band's tiles.
  const auto top = [](std::int64_t tile_row) { return tile_row * kMade + 1; };
  const RowRange output_rows{band == 0 ? 0 : top(tile_rows.first),
                             band + 1 == bands ? 2 * doubling.shape.height : top(tile_rows.last)};
  Band(doubling, scratch).run(tile_rows, output_rows);
}

}  // namespace stylize::strips
