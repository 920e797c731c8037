#include "subjects.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "stylize/core/error.h"
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

class FrameSubject : public Subject {
 public:
  FrameSubject(const WorkerOptions& options, const Device& device, Precision precision)
      : height_(options.height),
        width_(options.width),
        network_(options.model, device, precision,
                 options.engine == "strips" ? CpuEngine::kStrips : CpuEngine::kLibTorch),
        input_(random_numbers(
            static_cast<std::size_t>(height_) * static_cast<std::size_t>(width_) * 3, 0.0F)),
        output_(input_.size()) {}

  void run() override { network_.run(input_, 1, height_, width_, output_); }

 private:
  int height_;
  int width_;
  FrameNetwork network_;
  std::vector<float> input_;
  std::vector<float> output_;
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
