#include "styled_convolution.h"

#include <ATen/Parallel.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mul.h>

#include <algorithm>
#include <optional>

#include "doubling.h"
#include "stylize/core/error.h"
#include "winograd.h"

namespace stylize::strips {
namespace {

constexpr std::int64_t kSide = 3;   // of kernels
constexpr std::int64_t kTaps = 4;   // of filters, along each axis
constexpr std::int64_t kTimes = 2;  // larger than before
// Fewer pixels would have to share the cost of reading Winograd's weights, which are four times as
// large as those that they are made of.
constexpr std::int64_t kFewestPixels = std::int64_t{32} * 32;
// Of what a strip reads, and of what it makes.
constexpr std::int64_t kStripBytes = std::int64_t{2} << 20;
constexpr std::int64_t kJobsAThread = 2;
constexpr std::int64_t kRowsOfTile = 4;

bool is_of(const at::Tensor& tensor, at::IntArrayRef sizes) {
  return tensor.defined() && tensor.is_cpu() && tensor.scalar_type() == at::kFloat &&
         tensor.sizes() == sizes;
}

void check(const StyledConvolution& layer) {
  const bool has_sizes = layer.input.dim() == 4 && layer.weight.dim() == 5;
  if (has_sizes) {
    const std::int64_t in = layer.input.size(1);
    const std::int64_t out = layer.weight.size(1);
    const std::int64_t times = layer.filter.defined() ? kTimes : 1;
    const std::int64_t height = layer.input.size(2);
    const std::int64_t width = layer.input.size(3);
    if (is_of(layer.input, {1, in, height, width}) &&
        is_of(layer.weight, {1, out, in, kSide, kSide}) && is_of(layer.style, {1, in}) &&
        is_of(layer.gain, {1, out}) && is_of(layer.bias, {out}) &&
        is_of(layer.noise, {1, 1, times * height, times * width}) &&
        (!layer.filter.defined() || is_of(layer.filter, {kTaps, kTaps}))) {
      return;
    }
  }
  throw Error(ErrorCode::kModelInvalid, "a styled convolution", "has shapes that do not fit");
}

MapShape shape_of(const StyledConvolution& layer) {
  return {layer.input.size(1), layer.input.size(2), layer.input.size(3)};
}

bool pays(const StyledConvolution& layer) {
  constexpr std::int64_t kFewestChannels = 16;
  return layer.input.size(2) * layer.input.size(3) >= kFewestPixels &&
         std::min(layer.weight.size(1), layer.weight.size(2)) >= kFewestChannels;
}

// By LibTorch, for small maps: these, not the weights, which are larger, are scaled.
at::Tensor run_whole(const StyledConvolution& layer) {
  const std::int64_t channels = layer.weight.size(1);
  const at::Tensor scaled = at::mul(layer.input, layer.style.view({1, -1, 1, 1}));
  at::Tensor made;
  if (layer.filter.defined()) {
    const at::Tensor wide = at::conv_transpose2d(scaled, layer.weight[0].transpose(0, 1), {},
                                                 at::IntArrayRef{kTimes, kTimes});
    const at::Tensor filter =
        layer.filter.flip({0, 1}).expand({channels, 1, kTaps, kTaps}).contiguous();
    made = at::conv2d(wide, filter, {}, 1, 1, 1, channels);
  } else {
    made = at::conv2d(scaled, layer.weight[0], {}, 1, 1);
  }
  made = made.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor gain = layer.gain.contiguous();
  const at::Tensor bias = layer.bias.contiguous();
  const at::Tensor noise = layer.noise.contiguous();
  row_kernels(Element::kFloat)
      .activate_noisy(made.const_data_ptr(), made.mutable_data_ptr(),
                      {.pixels = static_cast<std::size_t>(noise.numel()),
                       .channels = static_cast<std::size_t>(channels),
                       .scale = gain.const_data_ptr<float>(),
                       .shift = bias.const_data_ptr<float>(),
                       .noise = noise.const_data_ptr<float>(),
                       .slope = static_cast<float>(layer.slope)});
  return made;
}

// All that has to be contiguous.
struct Contiguous {
  explicit Contiguous(const StyledConvolution& layer)
      : input(layer.input.contiguous(at::MemoryFormat::ChannelsLast)),
        style(layer.style.contiguous()),
        gain(layer.gain.contiguous()),
        bias(layer.bias.contiguous()),
        noise(layer.noise.contiguous()) {}

  at::Tensor input;
  at::Tensor style;
  at::Tensor gain;
  at::Tensor bias;
  at::Tensor noise;
};

// Rows of a layer's output from rows of its input, both channels-last, of the same size.
class Strips {
 public:
  Strips(const StyledConvolution& layer, const at::Tensor& products, at::Tensor& output)
      : products_(products),
        shape_(shape_of(layer)),
        out_(layer.weight.size(1)),
        values_(layer),
        zeros_(static_cast<std::size_t>(shape_.channels), 0.0F),
        slope_(static_cast<float>(layer.slope)),
        output_(output.mutable_data_ptr<float>()) {
    convolution_.weight = layer.weight[0];
    convolution_.stride = {1, 1};
    convolution_.dilation = {1, 1};
  }

  [[nodiscard]] std::int64_t rows_of_strip() const {
    const std::int64_t most = std::max(shape_.channels, out_) * shape_.width;
    const std::int64_t rows = kStripBytes / (most * std::int64_t{sizeof(float)});
    const std::int64_t shared = shape_.height / (kJobsAThread * at::get_num_threads());
    return std::max(std::min(rows, shared) / kRowsOfTile * kRowsOfTile, kRowsOfTile);
  }

  [[nodiscard]] std::int64_t height() const { return shape_.height; }

  void run(RowRange rows, Scratch& scratch) const {
    const MapShape padded{shape_.channels, rows.count() + 2, shape_.width + 2};
    const MapShape made{out_, rows.count(), shape_.width};
    const Scratch::Block source(
        scratch, row_bytes(padded, Element::kFloat) * static_cast<std::size_t>(padded.height));
    float* const to = output_ + rows.first * shape_.width * out_;
    read(rows, reinterpret_cast<float*>(source.data()));
    convolve_winograd({source.data(), padded}, {products_, {}}, convolution_,
                      {.data = reinterpret_cast<std::byte*>(to),
                       .shape = made,
                       .stride = row_bytes({out_, 1, shape_.width}, Element::kFloat)},
                      scratch);
    const NoisyRow row{.pixels = static_cast<std::size_t>(rows.count() * shape_.width),
                       .channels = static_cast<std::size_t>(out_),
                       .scale = values_.gain.const_data_ptr<float>(),
                       .shift = values_.bias.const_data_ptr<float>(),
                       .noise = values_.noise.const_data_ptr<float>() + rows.first * shape_.width,
                       .slope = slope_};
    row_kernels(Element::kFloat).activate_noisy(to, to, row);
  }

 private:
  // style * input, with a pixel of zeros around.
  void read(RowRange rows, float* to) const {
    const auto [channels, height, width] = shape_;
    const std::int64_t row = (width + 2) * channels;
    const auto* const from = values_.input.const_data_ptr<float>();
    for (std::int64_t y = rows.first - 1; y <= rows.last; ++y, to += row) {
      if (y < 0 || y >= height) {
        std::fill_n(to, row, 0.0F);
        continue;
      }
      std::fill_n(to, channels, 0.0F);
      row_kernels(Element::kFloat)
          .activate(from + y * width * channels, to + channels, static_cast<std::size_t>(width),
                    static_cast<std::size_t>(channels), values_.style.const_data_ptr<float>(),
                    zeros_.data(), 1.0F);
      std::fill_n(to + row - channels, channels, 0.0F);
    }
  }

  const at::Tensor& products_;
  MapShape shape_;
  std::int64_t out_;
  Contiguous values_;
  std::vector<float> zeros_;
  float slope_;
  float* output_;
  Convolution convolution_;
};

}  // namespace

const at::Tensor& StyledRunner::energy(const at::Tensor& weight) {
  Prepared& prepared = prepared_of(weight);
  if (!prepared.energy.defined()) {
    prepared.energy = weight[0].square().sum({2, 3});
  }
  return prepared.energy;
}

StyledRunner::Prepared& StyledRunner::prepared_of(const at::Tensor& weight) {
  Prepared& prepared = prepared_[weight.unsafeGetTensorImpl()];
  if (!prepared.original.defined() || prepared.version != version_of(weight)) {
    prepared = {};
  }
  prepared.original = weight;
  prepared.version = version_of(weight);
  return prepared;
}

void StyledRunner::convolve(const StyledConvolution& layer, at::Tensor& output) {
  Prepared& prepared = prepared_of(layer.weight);
  if (!prepared.products.defined()) {
    prepared.products = winograd_weights(layer.weight[0]);
  }
  const Strips strips(layer, prepared.products, output);
  const std::int64_t rows = strips.rows_of_strip();
  workers_.share((strips.height() + rows - 1) / rows, [&](std::int64_t strip, Scratch& scratch) {
    strips.run({strip * rows, std::min(strips.height(), (strip + 1) * rows)}, scratch);
  });
}

void StyledRunner::enlarge(const StyledConvolution& layer, const SmoothTaps& taps,
                           at::Tensor& output) {
  Prepared& prepared = prepared_of(layer.weight);
  if (!prepared.doubling.defined()) {
    prepared.doubling = doubling_weights(layer.weight[0]);
  }
  const Contiguous values(layer);
  const Doubling doubling{.shape = shape_of(layer),
                          .channels = layer.weight.size(1),
                          .input = values.input.const_data_ptr<float>(),
                          .style = values.style.const_data_ptr<float>(),
                          .gain = values.gain.const_data_ptr<float>(),
                          .bias = values.bias.const_data_ptr<float>(),
                          .noise = values.noise.const_data_ptr<float>(),
                          .output = output.mutable_data_ptr<float>(),
                          .slope = static_cast<float>(layer.slope),
                          .taps = taps,
                          .weights = prepared.doubling};
  const std::int64_t bands = bands_of(doubling, kJobsAThread * at::get_num_threads());
  workers_.share(bands, [&](std::int64_t band, Scratch& scratch) {
    run_band(doubling, band, bands, scratch);
  });
}

at::Tensor StyledRunner::run(const StyledConvolution& layer) {
  check(layer);
  const bool doubles = layer.filter.defined();
  const std::optional<SmoothTaps> taps = doubles ? smooth_taps(layer.filter) : std::nullopt;
  if (!pays(layer) ||
      (doubles && !(taps && suits_doubling(shape_of(layer), layer.weight.size(1))))) {
    return run_whole(layer);
  }
  const std::int64_t times = doubles ? kTimes : 1;
  at::Tensor output =
      at::empty({1, layer.weight.size(1), times * layer.input.size(2), times * layer.input.size(3)},
                at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
  if (doubles) {
    enlarge(layer, *taps, output);
  } else {
    convolve(layer, output);
  }
  return output;
}

}  // namespace stylize::strips
