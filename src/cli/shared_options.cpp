#include "shared_options.h"

namespace stylize::cli {
namespace {

constexpr const char* kRunning = "Running";
constexpr int kMostThreads = 1024;

}  // namespace

CLI::Validator suggests(const std::vector<std::string>& words) {
  return CLI::Validator("{" + CLI::detail::join(words) + "}");
}

CLI::Option* add_device_option(CLI::App& app, std::string& device) {
  return app.add_option("--device", device, "auto, cpu, cuda or cuda:N")
      ->envname("STYLIZE_DEVICE")
      ->check(suggests({"auto", "cpu", "cuda"}))
      ->type_name("DEVICE")
      ->group(kRunning)
      ->capture_default_str();
}

CLI::Option* add_threads_option(CLI::App& app, int& threads) {
  return app.add_option("-t,--threads", threads, "CPU threads; 0 is one a core")
      ->envname("STYLIZE_THREADS")
      ->check(CLI::Range(0, kMostThreads))
      ->type_name("N")
      ->group(kRunning)
      ->capture_default_str();
}

CLI::Option* add_models_dir_option(CLI::App& app, std::string& models_dir) {
  return app.add_option("--models-dir", models_dir, "Folder to look for styles first")
      ->envname("STYLIZE_MODELS_DIR")
      ->type_name("DIR")
      ->group(kRunning);
}

void add_compute_options(CLI::App& app, ComputeRequest& request) {
  add_device_option(app, request.device);
  add_precision_option(app, request.precision);
  add_threads_option(app, request.threads);
}

}  // namespace stylize::cli
