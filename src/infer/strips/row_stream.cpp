#include "row_stream.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <variant>

#include "stream_plan.h"

namespace stylize::strips {
namespace {

constexpr std::int64_t kFewestRows = 16;  // of which all have a multiple, as strips do

// Enough for several strips a thread in maps of a quarter of the size. More rows would take more
// memory and save nothing.
std::int64_t largest_band() {
  constexpr std::int64_t kRowsAThread = 128;
  return kRowsAThread * at::get_num_threads();
}

StreamPlan plan_for(const FeatureMap& result, std::size_t memory, Element element) {
  std::int64_t band = std::min(result.shape.height, largest_band());
  for (;;) {
    StreamPlan plan(result, band);
    // Whole pages are a little more.
    if (band <= kFewestRows || plan.bytes(element) <= memory / 8 * 7) {
      return plan;
    }
    band = (band / 2 + kFewestRows - 1) / kFewestRows * kFewestRows;
  }
}

class RowStream {
 public:
  RowStream(const StreamPlan& plan, StripRunner& runner) : plan_(plan), runner_(runner) {}

  void make(std::size_t band) {
    for (const StreamStage& stage : plan_.stages()) {
      advance(stage, stage.steps[band]);
    }
  }

 private:
  void advance(const StreamStage& stage, const StreamStep& step) {
    const auto& streamed = std::get<Streamed>(stage.map->how);
    if (step.made.count() == 0) {
      return;
    }
    RowWindow& window = *streamed.window;
    if (!window.memory.defined()) {
      const MapShape& shape = stage.map->shape;
      window.memory =
          runner_.memory().make({shape.channels, stage.most_rows, shape.width}, runner_.element());
    }
    auto* const rows = static_cast<std::byte*>(window.memory.mutable_data_ptr());
    const std::size_t bytes = row_bytes(stage.map->shape, runner_.element());
    const auto at = [&](std::int64_t row) {
      return rows + static_cast<std::size_t>(row - window.first) * bytes;
    };
    if (step.keep_from > window.first) {
      const auto kept = static_cast<std::size_t>(window.last - step.keep_from);
      std::memmove(rows, at(step.keep_from), kept * bytes);
      window.first = step.keep_from;
    }
    runner_.make_rows(*streamed.source, step.made, at(step.made.first));
    window.last = step.made.last;
  }

  const StreamPlan& plan_;
  StripRunner& runner_;
};

}  // namespace

void stream_rows(const FeatureMap& result, std::size_t memory, StripRunner& runner,
                 const WriteRows& write) {
  const StreamPlan plan = plan_for(result, memory, runner.element());
  RowStream stream(plan, runner);
  for (std::int64_t band = 0; band < plan.bands(); ++band) {
    stream.make(static_cast<std::size_t>(band));
    runner.write(result, plan.rows_of(band), write);
  }
}

}  // namespace stylize::strips
