// What `stylize doctor` looks at on the machine: program, libraries, processor, disk, GPU.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "doctor_report.h"
#include "shared_options.h"
#include "stylize/infer/device.h"
#include "stylize/infer/gpu_info.h"
#include "stylize/infer/precision.h"
#include "stylize/infer/system_info.h"

namespace stylize::cli {

struct DoctorOptions {
  std::string models_dir;
  ComputeRequest compute;
  bool json = false;
};

// Where networks would run; both are there, or neither.
struct ComputeFound {
  std::optional<Device> device;
  std::optional<Precision> precision;
};

// The folder, or the innermost one above it that exists, in which it would be made.
std::filesystem::path existing_part(std::filesystem::path folder);

void check_program(Section& section);
void check_libraries(Section& section, const TorchInfo& torch);
void check_formats(Section& section);
void check_processor(Section& section, int threads);
void check_memory(Section& section);
void check_disk(Section& section, const DoctorOptions& options);
void check_gpus(Section& section, const GpuInfo& gpus);

// Resolves the device and the precision, and says why it is those. Throws Error kUsage for values
// that are none.
ComputeFound check_device(Section& section, const DoctorOptions& options, const GpuInfo& gpus,
                          const TorchInfo& torch);

}  // namespace stylize::cli
