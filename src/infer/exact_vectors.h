// What a network's vectors were before they were rounded to fewer bits.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>

#include <ATen/core/Tensor.h>

namespace stylize {

struct ExactVector {
  at::Tensor values;     // float
  std::int64_t version;  // of the rounded one: whoever changes that one has other values in mind
};

// Biases and the like, by the rounded tensor. They are few, but each is part of all pixels.
class ExactVectors {
 public:
  void add(const at::Tensor& rounded, at::Tensor values) {
    all_.insert_or_assign(rounded.unsafeGetTensorImpl(),
                          ExactVector{std::move(values), rounded._version()});
  }

  // The tensor itself where nothing more exact is known.
  [[nodiscard]] at::Tensor of(const at::Tensor& tensor) const {
    const auto found = tensor.defined() ? all_.find(tensor.unsafeGetTensorImpl()) : all_.end();
    return found == all_.end() || found->second.version != tensor._version() ? tensor
                                                                             : found->second.values;
  }

 private:
  std::unordered_map<const c10::TensorImpl*, ExactVector> all_;  // the module keeps its tensors
};

}  // namespace stylize
