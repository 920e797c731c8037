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
