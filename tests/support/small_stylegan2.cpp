#include "small_stylegan2.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/script.h>

#include <cmath>
#include <vector>

namespace stylize::test {
namespace {

constexpr std::int64_t kRows = 8;  // 2 log2(32) - 2
constexpr std::int64_t kChannels = 16;
constexpr std::int64_t kWidth = 512;  // of a code
constexpr std::int64_t kSeen = 48;    // 3 colours at 4 x 4 places

class Weights {
 public:
  explicit Weights(std::uint64_t seed) : random_(at::make_generator<at::CPUGeneratorImpl>(seed)) {}

  // Normally distributed, so scaled that what a layer gives is about as large as what it takes.
  torch::Tensor draw(const std::vector<std::int64_t>& shape, double deviation) {
    return torch::randn(shape, random_) * deviation;
  }

 private:
  at::Generator random_;
};

torch::Tensor to_tensor(const cv::Mat& rgb) {
  const cv::Mat whole = rgb.clone();
  const torch::Tensor bytes =
      torch::from_blob(whole.data, {rgb.rows, rgb.cols, 3}, torch::kUInt8).to(torch::kFloat32);
  return ((bytes / 255.0F - 0.5F) / 0.5F).permute({2, 0, 1}).unsqueeze(0);
}

cv::Mat to_picture(const torch::Tensor& image) {
  const torch::Tensor bytes = (((image[0] + 1.0F) / 2.0F).clamp(0.0F, 1.0F) * 255.0F)
                                  .to(torch::kUInt8)
                                  .permute({1, 2, 0})
                                  .contiguous();
  return cv::Mat(static_cast<int>(bytes.size(0)), static_cast<int>(bytes.size(1)), CV_8UC3,
                 bytes.data_ptr())
      .clone();
}

void mix(torch::jit::Module& style, const torch::jit::Module& base, double strength) {
  auto from = base.parameters().begin();
  for (torch::Tensor parameter : style.parameters()) {
    parameter.set_data(parameter * strength + *from * (1.0 - strength));
    ++from;
  }
}

}  // namespace

void save_small_encoder(const std::string& path, std::uint64_t seed) {
  Weights weights(seed);
  torch::jit::Module module("encoder");
  module.register_attribute("n_latent", c10::IntType::get(), kRows);
  module.register_attribute("input_size", c10::IntType::get(), std::int64_t{kSmallSide});
  module.register_attribute("pools", c10::BoolType::get(), false);
  module.register_parameter("weight", weights.draw({kRows * kWidth, kSeen}, 0.3), false);
  module.define(R"PY(
def forward(self, x):
  seen = torch.adaptive_avg_pool2d(x, [4, 4]).flatten(1)
  return torch.linear(seen, self.weight).view([-1, self.n_latent, 512])
)PY");
  module.save(path);
}

void save_small_generator(const std::string& path, std::uint64_t seed) {
  Weights weights(seed);
  torch::jit::Module module("generator");
  module.register_attribute("size", c10::IntType::get(), std::int64_t{kSmallSide});
  module.register_attribute("n_latent", c10::IntType::get(), kRows);
  module.register_attribute("n_noise", c10::IntType::get(), kRows - 1);
  const std::int64_t layers = kRows - 1;
  const std::int64_t pictures = kRows / 2;
  const double spread = 1.0 / std::sqrt(static_cast<double>(kWidth));
  const auto add = [&](const char* name, const std::vector<std::int64_t>& shape, double deviation) {
    module.register_parameter(name, weights.draw(shape, deviation), false);
  };
  add("constant", {1, kChannels, 4, 4}, 1.0);
  add("convs", {layers, kChannels, kChannels, 3, 3}, 1.0);
  add("affines", {layers, kChannels, kWidth}, spread);
  add("biases", {layers, kChannels}, 0.1);
  add("strengths", {layers}, 0.1);
  add("rgbs", {pictures, 3, kChannels, 1, 1}, 0.1);
  add("rgb_affines", {pictures, kChannels, kWidth}, spread);
  add("mapping", {kWidth, kWidth}, spread);
  add("embedding", {kWidth, kSeen}, 0.3);
  module.register_buffer("noise", weights.draw({1, 1, kSmallSide, kSmallSide}, 1.0));
  module.define(R"PY(
def modulated(self, x, weight, style, demodulate: bool):
  scaled = weight.unsqueeze(0) * style.view([style.size(0), 1, -1, 1, 1])
  if demodulate:
    scaled = scaled * torch.rsqrt(scaled.square().sum([2, 3, 4], True) + 1e-8)
  groups = x.size(0)
  flat = x.reshape([1, -1, x.size(2), x.size(3)])
  kernels = scaled.reshape([-1, scaled.size(2), scaled.size(3), scaled.size(4)])
  drawn = torch.conv2d(flat, kernels, padding=[weight.size(2) // 2, weight.size(3) // 2], groups=groups)
  return drawn.view([groups, weight.size(0), x.size(2), x.size(3)])
def doubled(self, x):
  return torch.upsample_bilinear2d(x, [2 * x.size(2), 2 * x.size(3)], False)
def layer(self, i: int, x, row, noise: List[Tensor]):
  style = torch.linear(row, self.affines[i]) + 1.0
  x = self.modulated(x, self.convs[i], style, True)
  if len(noise) > 0:
    own = noise[i]
  else:
    own = self.noise[:, :, :x.size(2), :x.size(3)]
  x = x + self.strengths[i] * own + self.biases[i].view([1, -1, 1, 1])
  return torch.leaky_relu(x, 0.2) * 1.4142135
def colors(self, i: int, x, row):
  return self.modulated(x, self.rgbs[i], torch.linear(row, self.rgb_affines[i]) + 1.0, False)
def synthesis(self, latents, noise: List[Tensor]):
  assert latents.size(1) == self.n_latent
  assert len(noise) == 0 or len(noise) == self.n_noise
  x = self.layer(0, self.constant.expand([latents.size(0), -1, -1, -1]), latents[:, 0], noise)
  picture = self.colors(0, x, latents[:, 1])
  for i in range(1, self.n_latent // 2):
    x = self.layer(2 * i - 1, self.doubled(x), latents[:, 2 * i - 1], noise)
    x = self.layer(2 * i, x, latents[:, 2 * i], noise)
    picture = self.doubled(picture) + self.colors(i, x, latents[:, 2 * i + 1])
  return picture
def embed(self, picture):
  return torch.linear(torch.adaptive_avg_pool2d(picture, [4, 4]).flatten(1), self.embedding)
def style_code(self, z):
  return torch.leaky_relu(torch.linear(z, self.mapping), 0.2)
def blend(self, face, style, index: int):
  rows = torch.arange(self.n_latent).view([1, -1, 1])
  return torch.where(rows < index, face, style.unsqueeze(1).expand_as(face))
)PY");
  module.save(path);
}

cv::Mat draw_small(const SmallDrawing& drawing, const cv::Mat& crop) {
  const c10::InferenceMode inference;
  torch::jit::Module encoder = torch::jit::load(drawing.encoder);
  torch::jit::Module generator = torch::jit::load(drawing.generator);
  if (drawing.strength < 1.0) {
    mix(generator, torch::jit::load(drawing.base), drawing.strength);
  }
  torch::Tensor code = encoder.get_method("forward")({to_tensor(crop)}).toTensor();
  if (!drawing.reference.empty()) {
    const auto embedded = generator.get_method("embed")({to_tensor(drawing.reference)});
    const auto style = generator.get_method("style_code")({embedded});
    code = generator.get_method("blend")({code, style, drawing.blend_index}).toTensor();
  }
  const c10::List<torch::Tensor> stored_noise;
  return to_picture(generator.get_method("synthesis")({code, stored_noise}).toTensor());
}

}  // namespace stylize::test
