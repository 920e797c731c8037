// Options that several commands have: the same name and the same meaning everywhere.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace stylize::cli {

// What to compute with, as typed; choose_compute decides.
struct ComputeRequest {
  std::string device = "auto";
  std::string precision = "auto";
  int threads = 0;  // one a core
};

// For an option's check(): words that completion offers, though others are accepted, too, which
// CLI::IsMember would refuse.
CLI::Validator suggests(const std::vector<std::string>& words);

// Declare one option each, which must not outlive its value. They return the option, so that a
// command can put it into a group of its own.
CLI::Option* add_device_option(CLI::App& app, std::string& device);
CLI::Option* add_threads_option(CLI::App& app, int& threads);
CLI::Option* add_models_dir_option(CLI::App& app, std::string& models_dir);

// `Value` is a string, or strings where several may be named.
template <typename Value>
CLI::Option* add_precision_option(CLI::App& app, Value& precision) {
  return app.add_option("--precision", precision, "auto, fp32, bf16 or fp16 (GPU)")
      ->envname("STYLIZE_PRECISION")
      ->check(suggests({"auto", "fp32", "bf16", "fp16"}))
      ->type_name("P")
      ->group("Running")
      ->default_str("auto");
}

// Device, precision and threads.
void add_compute_options(CLI::App& app, ComputeRequest& request);

}  // namespace stylize::cli
