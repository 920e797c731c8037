// Runs a TorchScript method node by node, so that feature maps need not be computed before what
// follows them is known.
#pragma once

#include <torch/script.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "features.h"
#include "styled_convolution.h"

namespace stylize::strips {

// What a run did, for the log.
struct WalkReport {
  std::int64_t runs = 0;
  // Operators, and how many of them.
  std::map<std::string, int> in_strips;
  std::map<std::string, int> whole;  // took whole feature maps, by LibTorch
};

// e.g. "in strips: 24 conv2d, 24 group_norm; whole: 1 tanh".
std::string describe(const WalkReport& report);

// One run at a time.
class ScriptWalk {
 public:
  // `type` is float or bfloat16, that of the module's weights, which must stay as they are. Throws
  // Error kModelInvalid for scripts that are nested too deep or have something that only LibTorch's
  // interpreter can run.
  ScriptWalk(const torch::jit::Module& module, at::ScalarType type,
             const std::string& method = "forward");

  // method(input), the last of it not computed yet. Throws Error kModelInvalid where the script
  // throws or returns no picture, and what operators throw, c10::Error and std::bad_alloc among it.
  MapPtr run(const MapPtr& input);

  // method(arguments...), which are left as they are: one picture at a time. Throws as above.
  at::Tensor run(const std::vector<c10::IValue>& arguments);

  // Layers of StyleGAN2's synthesis, which run in strips.
  [[nodiscard]] int styled_layers() const noexcept { return styled_layers_; }

  // How maps are computed, and results written.
  Features& features() noexcept { return features_; }

  // Of all runs; the rest is the last one's.
  [[nodiscard]] const WalkReport& report() const noexcept { return report_; }

 private:
  using Values = std::vector<const torch::jit::Value*>;

  Slot run_slots(std::vector<Slot> arguments);
  static bool can_run(const torch::jit::Node& node);
  void prepare(const torch::jit::Block& block, int depth);
  void run_block(const torch::jit::Block& block);
  void run_node(const torch::jit::Node& node);
  void run_if(const torch::jit::Node& node);
  void run_loop(const torch::jit::Node& node);
  bool run_construct(const torch::jit::Node& node);
  void unpack(const torch::jit::Node& node, c10::ArrayRef<c10::IValue> elements);
  bool run_styled(const torch::jit::Node& node);
  bool run_pattern(const torch::jit::Node& node);
  void run_operator(const torch::jit::Node& node);
  void rebind(const Slot& from, const Slot& to);
  void evaluate_all();
  std::vector<Slot> take_outputs(const torch::jit::Block& block);
  void forget_after(const torch::jit::Node& node);
  c10::IValue evaluated(const torch::jit::Value* value);

  torch::jit::Module module_;
  std::string method_;
  std::shared_ptr<torch::jit::Graph> graph_;
  std::unordered_map<const torch::jit::Node*, Values> last_uses_;
  std::unordered_map<const torch::jit::Value*, Slot> slots_;
  std::unordered_set<const torch::jit::Node*> changing_;  // tensors, in place
  Features features_;
  StyledRunner styled_;
  int styled_layers_ = 0;
  WalkReport report_;
};

}  // namespace stylize::strips
