#include "cmd_doctor.h"

#include <cstdio>
#include <exception>
#include <functional>
#include <utility>

#include "config_file.h"
#include "doctor_machine.h"
#include "doctor_models.h"
#include "doctor_report.h"
#include "exit_codes.h"
#include "log_sink.h"
#include "shared_options.h"
#include "stylize/core/log.h"
#include "stylize/media/image_io.h"
#include "stylize/style/model_locations.h"

namespace stylize::cli {
namespace {

constexpr const char* kFooter =
    "Marks: ! works, but not well; ✗ does not work. Below stands what to do.\n"
    "Exit codes: 0 nothing is broken, 1 something is, 2 wrong usage.";

// While it lives, warnings are kept for the report instead of being shown.
class WarningCollector {
 public:
  WarningCollector() {
    set_log_sink([this](LogLevel level, std::string_view message) {
      if (level == LogLevel::kWarning || level == LogLevel::kError) {
        messages_.emplace_back(message);
      }
    });
  }
  ~WarningCollector() { install_log_sink(Verbosity::kNormal); }
  WarningCollector(const WarningCollector&) = delete;
  WarningCollector& operator=(const WarningCollector&) = delete;

  // Those since the last call.
  std::vector<std::string> take() { return std::exchange(messages_, {}); }

 private:
  std::vector<std::string> messages_;
};

void add_warnings(Section& section, const std::vector<std::string>& messages) {
  constexpr std::string_view kBroken = "ignoring a style: ";  // the registry's
  for (const std::string& message : messages) {
    if (message.starts_with(kBroken)) {
      section.problem("manifest", message.substr(kBroken.size()), "mend the file, or delete it");
    } else {
      section.warning("warning", message, {});
    }
  }
}

class Examination {
 public:
  explicit Examination(DoctorOptions options) : options_(std::move(options)) {
    report_.version = STYLIZE_VERSION;
  }

  DoctorReport run() {
    threads_ = set_compute_threads(options_.compute.threads);
    set_media_threads(threads_);
    examine_machine();
    examine_models();
    return std::move(report_);
  }

 private:
  using Check = std::function<void(Section&)>;

  // Whatever a check throws is one more finding; the others go on.
  void examine(const std::string& name, const Check& check) {
    Section section(name);
    try {
      check(section);
    } catch (const std::exception& exception) {
      section.problem_from("examination", exception.what(), "this is a bug, please report it");
    }
    add_warnings(section, warnings_.take());
    report_.findings.insert(report_.findings.end(), section.findings().begin(),
                            section.findings().end());
  }

  void examine_machine() {
    examine("Program", check_program);
    examine("Libraries", [this](Section& section) {
      torch_ = inspect_torch();
      check_libraries(section, torch_);
    });
    examine("Image formats", check_formats);
    examine("Processor and memory", [this](Section& section) {
      check_processor(section, threads_);
      check_memory(section);
    });
    examine("Disk", [this](Section& section) { check_disk(section, options_); });
    GpuInfo gpus;
    examine("GPU", [&gpus](Section& section) {
      gpus = query_gpus();
      check_gpus(section, gpus);
    });
    examine("Networks run on", [this, &gpus](Section& section) {
      compute_ = check_device(section, options_, gpus, torch_);
    });
    if (compute_.device && compute_.precision) {
      report_.device = compute_.device->name();
      report_.precision = precision_name(*compute_.precision);
    }
  }

  void examine_models() {
    std::vector<RegisteredStyle> whole;
    examine("Model folders", [this](Section& section) { check_model_folders(section, options_); });
    examine("Styles", [this, &whole](Section& section) {
      whole = check_styles(section, Registry(model_folders(options_.models_dir)));
    });
    examine("Self-test",
            [this, &whole](Section& section) { check_drawing(section, whole, compute_); });
    examine("Extras", [this](Section& section) {
      check_landmarks(section, options_);
      check_python(section);
    });
  }

  DoctorOptions options_;
  WarningCollector warnings_;
  DoctorReport report_;
  TorchInfo torch_;
  ComputeFound compute_;
  int threads_ = 1;
};

void add_options(CLI::App& app, DoctorOptions& options) {
  add_compute_options(app, options.compute);
  add_models_dir_option(app, options.models_dir);
  add_config_option(app, true);
  app.add_flag("--json", options.json, "The same as one JSON object")->group("Messages");
  app.footer(kFooter);
}

int run(const DoctorOptions& options) {
  // Wrong usage is refused before anything is looked at.
  static_cast<void>(parse_device(options.compute.device));
  static_cast<void>(parse_precision(options.compute.precision));
  const DoctorReport report = Examination(options).run();
  std::fputs((options.json ? to_json_text(report) : to_text(report)).c_str(), stdout);
  return report.count(Health::kProblem) == 0 ? kAllDone : kNothingDone;
}

}  // namespace

DeclaredCommand doctor_command() {
  return make_command<DoctorOptions>(
      "stylize doctor", "Shows what works on this machine, and what to do about what does not.",
      add_options, run);
}

}  // namespace stylize::cli
