#include "tiny_models.h"

#include <torch/script.h>

namespace stylize::test {

std::string frame_manifest(const std::string& name) {
  return R"({"name": ")" + name + R"(", "family": "animegan", "domain": "frame",
             "input": {"range": [0, 1], "multiple_of": 4, "minimum": 8},
             "output": {"range": [0, 1], "rounding": "nearest"},
             "licence": {"text": "MIT", "commercial": true}})";
}

void save_model(const std::string& path, const std::string& forward, const std::string& metadata) {
  torch::jit::Module module("tiny");
  module.define(forward);
  torch::jit::ExtraFilesMap extra;
  if (!metadata.empty()) {
    extra["stylize.json"] = metadata;
  }
  module.save(path, extra);
}

void save_identity_model(const std::string& path) {
  save_model(path, "def forward(self, x):\n  return x * 1.0\n", frame_manifest("identity"));
}

void save_negative_model(const std::string& path) {
  save_model(path, "def forward(self, x):\n  return 1.0 - x\n", frame_manifest("negative"));
}

}  // namespace stylize::test
