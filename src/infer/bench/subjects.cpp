#include "subjects.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <functional>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "stylize/core/byte_size.h"
#include "stylize/core/error.h"
#include "stylize/core/memory_info.h"
#include "stylize/infer/frame_network.h"
#include "stylize/infer/tensor_network.h"

namespace stylize::bench {
namespace {

std::vector<float> random_numbers(std::size_t count, float low) {
  std::vector<float> numbers(count);
  std::mt19937 generator(1);
  std::uniform_real_distribution<float> uniform(low, 1.0F);
  std::generate(numbers.begin(), numbers.end(), [&] { return uniform(generator); });
  return numbers;
}

std::vector<std::uint8_t> random_bytes(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  std::mt19937 generator(1);
  std::generate(bytes.begin(), bytes.end(),
                [&] { return static_cast<std::uint8_t>(generator() >> 24U); });
  return bytes;
}

FloatTensor random_tensor(const std::vector<std::int64_t>& shape) {
  const auto count = static_cast<std::size_t>(
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
  return {shape, random_numbers(count, -1.0F)};
}

// Fills the tensor from a file of exactly its size.
void read_numbers(const std::string& path, FloatTensor& tensor) {
  std::ifstream file(path, std::ios::binary);
  const auto bytes = static_cast<std::streamsize>(tensor.values.size() * sizeof(float));
  file.read(reinterpret_cast<char*>(tensor.values.data()), bytes);
  if (!file || file.peek() != std::ifstream::traits_type::eof()) {
    throw Error(ErrorCode::kInputCorrupt, path,
                "does not hold " + std::to_string(bytes) + " bytes of floats");
  }
}

void write_numbers(const std::string& path, const FloatTensor& tensor) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(tensor.values.data()),
             static_cast<std::streamsize>(tensor.values.size() * sizeof(float)));
  if (!file.flush()) {
    throw Error(ErrorCode::kOutputUnwritable, path, "cannot be written");
  }
}

// A picture of bytes, as it comes from a file and goes into one.
class FrameSubject : public Subject {
 public:
  FrameSubject(const WorkerOptions& options, const Device& device, Precision precision)
      : height_(options.height),
        width_(options.width),
        network_(options.model, device, precision,
                 options.engine == "strips" ? CpuEngine::kStrips : CpuEngine::kLibTorch),
        tiling_(parse_tiling(options.tile)),
        most_memory_(parse_byte_size(options.max_memory)),
        picture_(random_bytes(row() * static_cast<std::size_t>(height_))),
        result_(picture_.size()) {}

  void run() override {
    network_.limit(
        {.memory = memory_for_work(most_memory_, network_.reusable_memory()), .tiling = tiling_});
    network_.run(height_, width_,
                 {.read = [this](auto first, auto count, float* to) { read(first, count, to); },
                  .write = [this](auto first, auto count,
                                  const float* from) { write(first, count, from); }});
  }

 private:
  static constexpr float kHalf = 127.5F;

  [[nodiscard]] std::size_t row() const { return static_cast<std::size_t>(width_) * 3; }

  void read(std::int64_t first, std::int64_t count, float* to) const {
    const auto* const from = picture_.data() + static_cast<std::size_t>(first) * row();
    std::transform(from, from + static_cast<std::size_t>(count) * row(), to,
                   [](std::uint8_t value) { return static_cast<float>(value) / kHalf - 1.0F; });
  }

  void write(std::int64_t first, std::int64_t count, const float* from) {
    std::transform(
        from, from + static_cast<std::size_t>(count) * row(),
        result_.data() + static_cast<std::size_t>(first) * row(), [](float value) {
          return static_cast<std::uint8_t>(std::clamp((value + 1.0F) * kHalf, 0.0F, 255.0F));
        });
  }

  int height_;
  int width_;
  FrameNetwork network_;
  Tiling tiling_;
  std::optional<std::size_t> most_memory_;
  std::vector<std::uint8_t> picture_;
  std::vector<std::uint8_t> result_;
};

class MethodSubject : public Subject {
 public:
  MethodSubject(const WorkerOptions& options, const Device& device, Precision precision)
      : method_(options.method),
        output_(options.output),
        network_(options.model, device, precision) {
    for (const std::vector<std::int64_t>& shape : options.shapes) {
      if (shape.empty()) {
        arguments_.emplace_back(std::vector<FloatTensor>{});
      } else {
        arguments_.emplace_back(random_tensor(shape));
      }
    }
    if (!options.input.empty()) {
      read_numbers(options.input, std::get<FloatTensor>(arguments_.front()));
    }
  }

  void run() override {
    result_ = network_.call(method_, arguments_);
    if (!output_.empty()) {
      write_numbers(output_, result_);
    }
  }

 private:
  std::string method_;
  std::string output_;
  TensorNetwork network_;
  std::vector<NetworkArgument> arguments_;
  FloatTensor result_;
};

}  // namespace

std::unique_ptr<Subject> open_subject(const WorkerOptions& options, const Device& device,
                                      Precision precision) {
  if (options.method.empty()) {
    return std::make_unique<FrameSubject>(options, device, precision);
  }
  return std::make_unique<MethodSubject>(options, device, precision);
}

}  // namespace stylize::bench
