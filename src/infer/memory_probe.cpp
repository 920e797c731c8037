#include "memory_probe.h"

#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <algorithm>
#include <cstdint>
#include <memory>

namespace stylize {
namespace {

// LibTorch reports each allocation (positive) and release (negative) to the thread's recorder.
class PeakRecorder : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void* /*pointer*/, int64_t size, size_t /*total_allocated*/,
                         size_t /*total_reserved*/, c10::Device /*device*/) override {
    current_ += size;
    peak_ = std::max(peak_, current_);
  }
  [[nodiscard]] bool memoryProfilingEnabled() const override { return true; }
  [[nodiscard]] std::size_t peak() const { return static_cast<std::size_t>(peak_); }

 private:
  int64_t current_ = 0;
  int64_t peak_ = 0;
};

}  // namespace

std::size_t peak_tensor_bytes(const std::function<void()>& work) {
  const auto recorder = std::make_shared<PeakRecorder>();
  const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, recorder);
  work();
  return recorder->peak();
}

}  // namespace stylize
