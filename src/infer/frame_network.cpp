#include "stylize/infer/frame_network.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "large_stack.h"
#include "memory_probe.h"
#include "module_check.h"
#include "module_loader.h"
#include "strips/strip_network.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "torch_errors.h"

namespace stylize {
namespace {

constexpr const char* kFrameHint = "is this a model for whole frames?";
constexpr std::size_t kProbeSide = 128;

}  // namespace

struct FrameNetwork::Impl {
  std::string path;
  LoadedModule loaded;
  std::optional<strips::StripNetwork> strips;  // on the CPU, unless it cannot follow the script
  std::string described;                       // in the log: how the last run went
  std::size_t probed_bytes_per_pixel = 0;

  // Scripts may nest functions as deep as model_archive.h allows.
  void open_strips() {
    try {
      run_with_stack(kScriptStack,
                     [this] { strips.emplace(loaded.module, loaded.type, loaded.exact); });
    } catch (const Error& error) {
      log_info(path + ": not in strips: " + error.what());
    } catch (const std::exception& exception) {
      throw translate_torch_error(exception, ErrorCode::kModelInvalid, path,
                                  "LibTorch cannot inline it", kFrameHint);
    }
  }

  // What fails in strips fails in LibTorch, too, which says why.
  void run(int height, int width, const PictureRows& rows) {
    if (strips) {
      try {
        run_in_strips(height, width, rows);
        return;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kModelInvalid) {
          throw;
        }
        log_info(path + ": not in strips: " + error.what());
      }
    }
    try {
      run_whole(height, width, rows);
    } catch (const c10::Error& exception) {  // of copies
      throw translate_torch_error(exception, ErrorCode::kModelInvalid, path,
                                  "the network failed to run", kFrameHint);
    }
  }

  // All pictures of a batch, by LibTorch.
  at::Tensor forward(const at::Tensor& input) const {
    const c10::InferenceMode inference;
    const c10::IValue result =
        run_method(loaded, path, "forward", {input.to(loaded.device, loaded.type)}, kFrameHint);
    if (!result.isTensor()) {
      throw Error(ErrorCode::kModelInvalid, path, "the network returns no picture", kFrameHint);
    }
    if (result.toTensor().sizes() != input.sizes()) {
      throw Error(ErrorCode::kModelInvalid, path,
                  "the network does not return a picture of its input's size", kFrameHint);
    }
    return result.toTensor();
  }

 private:
  void run_whole(int height, int width, const PictureRows& rows) const {
    const at::Tensor picture = at::empty({1, height, width, 3}, at::kFloat);
    rows.read(0, height, picture.mutable_data_ptr<float>());
    const at::Tensor result = forward(picture.permute({0, 3, 1, 2}))
                                  .permute({0, 2, 3, 1})
                                  .to(c10::kCPU, at::kFloat)
                                  .contiguous();
    rows.write(0, height, result.const_data_ptr<float>());
  }

  void run_in_strips(int height, int width, const PictureRows& rows) {
    const c10::InferenceMode inference;
    try {
      strips->run(height, width, rows);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& exception) {
      throw translate_torch_error(exception, ErrorCode::kModelInvalid, path,
                                  "the network failed to run", kFrameHint);
    }
    if (std::string how = strips->describe(); how != described) {
      log_info(path + ": " + how);
      described = std::move(how);
    }
  }
};

FrameNetwork::FrameNetwork(const std::string& path, const Device& device, Precision precision,
                           CpuEngine engine)
    : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  impl_->loaded = load_module(path, device, precision);
  check_frame_forward(impl_->loaded.module, path);
  const bool is_known_type = impl_->loaded.type != at::kHalf;
  if (impl_->loaded.device.is_cpu() && is_known_type && engine == CpuEngine::kStrips) {
    impl_->open_strips();
  }
}

FrameNetwork::~FrameNetwork() = default;
FrameNetwork::FrameNetwork(FrameNetwork&&) noexcept = default;
FrameNetwork& FrameNetwork::operator=(FrameNetwork&&) noexcept = default;

const std::string& FrameNetwork::metadata() const { return impl_->loaded.metadata; }

void FrameNetwork::limit(const RunLimits& limits) {
  if (impl_->strips) {
    impl_->strips->limit(limits);
  }
}

bool FrameNetwork::stays_within_limits() const {
  return impl_->strips && impl_->strips->is_bounded();
}

std::size_t FrameNetwork::reusable_memory() {
  return impl_->strips ? impl_->strips->reusable_memory() : 0;
}

void FrameNetwork::run(int height, int width, const PictureRows& rows) {
  impl_->run(height, width, rows);
}

void FrameNetwork::run(std::span<const float> input, int batch, int height, int width,
                       std::span<float> output) {
  const auto row = static_cast<std::size_t>(width) * 3;
  const auto expected = static_cast<std::size_t>(batch) * static_cast<std::size_t>(height) * row;
  if (input.size() != expected || output.size() != expected) {
    throw Error(ErrorCode::kInternal, "FrameNetwork::run", "buffer sizes do not match the picture");
  }
  if (batch == 1) {
    const auto part = [row](auto all, std::int64_t first, std::int64_t count) {
      return all.subspan(static_cast<std::size_t>(first) * row,
                         static_cast<std::size_t>(count) * row);
    };
    run(height, width,
        {.read = [&](std::int64_t first, std::int64_t count,
                     float* to) { std::ranges::copy(part(input, first, count), to); },
         .write =
             [&](std::int64_t first, std::int64_t count, const float* from) {
               const auto rows = part(output, first, count);
               std::copy_n(from, rows.size(), rows.begin());
             }});
    return;
  }
  // NHWC memory seen as NCHW is a channels-last tensor: no copy. from_blob wants a mutable pointer,
  // but the input is only read.
  const at::Tensor nhwc =
      at::from_blob(const_cast<float*>(input.data()), {batch, height, width, 3}, at::kFloat);
  const at::Tensor result = impl_->forward(nhwc.permute({0, 3, 1, 2}));
  at::Tensor target = at::from_blob(output.data(), {batch, height, width, 3}, at::kFloat);
  target.copy_(result.permute({0, 2, 3, 1}));
}

void FrameNetwork::self_test(int side) {
  const auto length = static_cast<std::size_t>(side);
  std::vector<float> input(length * length * 3);
  for (std::size_t i = 0; i < input.size(); ++i) {
    input[i] = static_cast<float>(i) / static_cast<float>(input.size());
  }
  std::vector<float> output(input.size());
  const std::string size = std::to_string(side) + "x" + std::to_string(side);
  try {
    run(input, 1, side, side, output);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kOutOfMemory) {
      throw;
    }
    throw Error(ErrorCode::kOutOfMemory, impl_->path,
                "the network ran out of memory on a test picture of " + size,
                "it cannot be used on this computer");
  }
  if (!std::all_of(output.begin(), output.end(),
                   [](float value) { return std::isfinite(value); })) {
    throw Error(
        ErrorCode::kModelInvalid, impl_->path,
        "the network's output for a test picture of " + size + " holds values that are no numbers",
        "try --precision fp32; if it does not help, the model is broken");
  }
}

std::size_t FrameNetwork::peak_bytes_per_pixel() {
  if (impl_->loaded.device.is_cuda()) {
    return 0;
  }
  if (impl_->probed_bytes_per_pixel == 0) {
    constexpr auto kSide = static_cast<int>(kProbeSide);
    const PictureRows nothing{.read =
                                  [](std::int64_t, std::int64_t count, float* to) {
                                    std::fill_n(
                                        to, static_cast<std::size_t>(count) * kProbeSide * 3, 0.0F);
                                  },
                              .write = [](std::int64_t, std::int64_t, const float*) {}};
    const std::size_t peak = peak_tensor_bytes([&] { impl_->run(kSide, kSide, nothing); });
    impl_->probed_bytes_per_pixel = peak / (kProbeSide * kProbeSide);
  }
  return impl_->probed_bytes_per_pixel;
}

}  // namespace stylize
