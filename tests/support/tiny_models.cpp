#include "tiny_models.h"

#include <caffe2/serialize/inline_container.h>
#include <torch/script.h>

#include <stdexcept>

#include "temp_dir.h"

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

void save_weighted_model(const std::string& path) {
  torch::jit::Module module("tiny");
  module.register_parameter("weight", torch::eye(3).reshape({3, 3, 1, 1}), false);
  module.register_attribute("scale", c10::FloatType::get(), 1.0);
  module.define("def forward(self, x):\n  return torch.conv2d(x, self.weight)\n");
  module.save(path, {{"stylize.json", frame_manifest("weighted")}});
}

void save_offset_model(const std::string& path, double offset, int dilation) {
  torch::jit::Module module("tiny");
  module.register_parameter("weight", -torch::eye(3).reshape({3, 3, 1, 1}), false);
  module.register_parameter("bias", torch::full({3}, offset), false);
  const std::string apart = std::to_string(dilation);
  module.define(
      "def forward(self, x):\n"
      "  return torch.conv2d(x, self.weight, self.bias, [1, 1], [0, 0], [" +
      apart + ", " + apart + "])\n");
  module.save(path, {{"stylize.json", frame_manifest("offset")}});
}

std::string face_manifest(const std::string& name, const std::string& family,
                          const std::string& members) {
  return R"({"name": ")" + name + R"(", "family": ")" + family + R"(", "domain": "face",
             "file": ")" +
         name + R"(.pt", "face": {"size": 64},
             "output": {"range": [-1, 1], "rounding": "truncate"})" +
         members + "}";
}

void save_tiny_encoder(const std::string& path, int rows, double row_step, int together) {
  torch::jit::Module module("tiny");
  module.register_attribute("n_latent", c10::IntType::get(), rows);
  module.register_attribute("input_size", c10::IntType::get(), 32);
  module.register_attribute("pools", c10::BoolType::get(), false);
  module.register_attribute("step", c10::FloatType::get(), row_step);
  module.register_attribute("together", c10::IntType::get(), together);
  module.define(
      "def forward(self, x):\n"
      "  assert x.size(2) == 32 and x.size(3) == 32\n"
      "  assert self.together == 0 or self.together == x.size(0)\n"
      "  steps = torch.arange(self.n_latent).view([1, -1, 1]) * self.step\n"
      "  means = x.mean([1, 2, 3]).view([-1, 1, 1])\n"
      "  return means.expand([-1, self.n_latent, 512]) + steps\n");
  module.save(path);
}

void save_code_model(const std::string& path, float value) {
  torch::jit::Module style("style");
  style.register_parameter("weight", torch::full({1}, value), false);
  torch::jit::Module module("tiny");
  module.register_buffer("latent_avg", torch::full({1}, value));
  module.register_parameter("drawing", torch::full({1}, value), false);
  module.register_module("style", style);
  module.define(
      "def mean(self):\n  return self.latent_avg * 1.0\n"
      "def mapping(self):\n  return self.style.weight * 1.0\n"
      "def drawn(self):\n  return self.drawing * 1.0\n");
  module.save(path);
}

void save_tiny_generator(const std::string& path, double shade, int rows, int together) {
  torch::jit::Module module("tiny");
  module.register_attribute("size", c10::IntType::get(), 16);
  module.register_attribute("n_latent", c10::IntType::get(), rows);
  module.register_attribute("n_noise", c10::IntType::get(), rows - 1);
  module.register_attribute("together", c10::IntType::get(), together);
  module.register_parameter("shade", torch::full({1}, shade), false);
  module.define(R"PY(
def synthesis(self, latents, noise: List[Tensor]):
  assert latents.size(1) == self.n_latent
  assert self.together == 0 or self.together == latents.size(0)
  tone = self.shade + 0.1 * latents[:, 0].mean(1) + 0.1 * latents[:, -1].mean(1)
  if len(noise) > 0:
    assert len(noise) == self.n_noise and noise[0].size(2) == 4
    tone = tone + 0.01 * noise[0].mean()
  return tone.view([-1, 1, 1, 1]).expand([-1, 3, self.size, self.size])
def embed(self, picture):
  return picture.mean().view([1, 1]).expand([1, 512])
def style_code(self, z):
  return z
def blend(self, face, style, index: int):
  rows = torch.arange(self.n_latent).view([1, -1, 1])
  return torch.where(rows < index, face, style.unsqueeze(1).expand_as(face))
)PY");
  module.save(path);
}

Records read_records(const std::string& path) {
  caffe2::serialize::PyTorchStreamReader reader(path);
  Records records;
  for (const std::string& name : reader.getAllRecords()) {
    if (name != "version" && name != ".data/serialization_id") {
      const auto [bytes, size] = reader.getRecord(name);
      records.emplace_back(name, std::string(static_cast<const char*>(bytes.get()), size));
    }
  }
  return records;
}

void write_records(const std::string& path, const Records& records, std::uint64_t least_version,
                   bool compress) {
  caffe2::serialize::PyTorchStreamWriter writer(path);
  for (const auto& [name, bytes] : records) {
    writer.writeRecord(name, bytes.data(), bytes.size(), compress);
  }
  if (least_version > 0) {
    writer.setMinVersion(least_version);
  }
  writer.writeEndOfFile();
}

void edit_record(const std::string& path, const std::string& name,
                 const std::function<void(std::string&)>& edit) {
  Records records = read_records(path);
  bool found = false;
  for (auto& [record, bytes] : records) {
    if (record == name) {
      edit(bytes);
      found = true;
    }
  }
  if (!found) {
    throw std::runtime_error(path + " has no record " + name);
  }
  write_records(path, records);
}

void patch_file(const std::string& path, const std::string& from, const std::string& to) {
  std::string bytes = read_file(path);
  std::size_t position = bytes.find(from);
  if (from.size() != to.size() || position == std::string::npos) {
    throw std::runtime_error("cannot patch " + path);
  }
  for (; position != std::string::npos; position = bytes.find(from, position + to.size())) {
    bytes.replace(position, to.size(), to);
  }
  write_file(path, bytes);
}

}  // namespace stylize::test
