// Networks of any shape: named methods from tensors to a tensor.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "stylize/infer/device.h"
#include "stylize/infer/precision.h"

namespace stylize {

// Numbers in row-major order; the product of `shape` is their count.
struct FloatTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

// What a method takes, in its order.
using NetworkArgument = std::variant<FloatTensor, std::int64_t, double, std::vector<FloatTensor>>;

// A TorchScript file whose methods take tensors and numbers and return one tensor, loaded on a
// device in a precision. The parts that make codes (mapping networks, style encoder, mean code)
// stay fp32 whatever the precision: they cost little, and their rounding would show everywhere in a
// picture. One call at a time; different objects are independent. A model file is code: load only
// what the user named.
class TensorNetwork {
 public:
  // Throws Error kModelMissing or kModelInvalid.
  TensorNetwork(const std::string& path, const Device& device, Precision precision);
  ~TensorNetwork();
  TensorNetwork(TensorNetwork&& other) noexcept;
  TensorNetwork& operator=(TensorNetwork&& other) noexcept;

  // Text of the archive's extra file stylize.json; empty when it has none.
  [[nodiscard]] const std::string& metadata() const;

  [[nodiscard]] bool has_method(std::string_view name) const;

  // A whole number that the file carries, e.g. "size", or 0 or 1 for a bool. Throws Error
  // kModelInvalid without it.
  [[nodiscard]] std::int64_t number(const std::string& name) const;

  // Throws Error kModelInvalid when there is no such method, when it fails, returns no tensor or
  // values that are no numbers; kOutOfMemory.
  FloatTensor call(const std::string& method, const std::vector<NetworkArgument>& arguments);

  // Moves every trained weight to (1 - share) * itself + share * that of `other`, which must be a
  // network of the same build: deep network interpolation (Wang et al., "Deep Network Interpolation
  // for Continuous Imagery Effect Transition", eq. 1). Buffers (stored noise, filters) stay. The
  // sum is taken in fp32. Throws Error kModelInvalid, nothing changed, where the two differ in
  // names or shapes.
  void mix_weights(const TensorNetwork& other, double share);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stylize
