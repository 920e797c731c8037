#include "stream_plan.h"

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <variant>

#include "row_reader.h"

namespace stylize::strips {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
// Rows are made by multiples, as on the whole picture: of tiles, where convolutions have any.
constexpr std::int64_t kMultiple = 4;

bool is_in_memory(const FeatureMap& map) { return std::holds_alternative<Streamed>(map.how); }

RowRange together(RowRange a, RowRange b) {
  if (a.count() == 0 || b.count() == 0) {
    return a.count() == 0 ? b : a;
  }
  return {std::min(a.first, b.first), std::max(a.last, b.last)};
}

}  // namespace

StreamPlan::StreamPlan(const FeatureMap& result, std::int64_t band)
    : result_(&result), band_(std::max<std::int64_t>(1, band)) {
  collect();
  std::vector<std::int64_t> made(stages_.size(), 0);
  for (std::int64_t i = 0; i < bands(); ++i) {
    plan_band(rows_of(i), made);
  }
  drop_what_is_done();
}

std::int64_t StreamPlan::bands() const noexcept {
  return (result_->shape.height + band_ - 1) / band_;
}

RowRange StreamPlan::rows_of(std::int64_t band) const {
  return {band * band_, std::min(result_->shape.height, (band + 1) * band_)};
}

// Depth first, without calling itself: chains of maps may be long.
void StreamPlan::collect() {
  struct Visit {
    const FeatureMap* map;
    bool is_left;  // all that it reads is in the list
  };
  std::unordered_set<const FeatureMap*> seen;
  std::vector<Visit> open{{result_, false}};
  while (!open.empty()) {
    const Visit visit = open.back();
    open.pop_back();
    if (visit.is_left) {
      index_.emplace(visit.map, stages_.size());
      stages_.push_back({visit.map, {}, 0});
    } else if (seen.insert(visit.map).second) {
      if (is_in_memory(*visit.map)) {
        open.push_back({visit.map, true});
      }
      for_each_source(*visit.map, {0, 1}, [&](const FeatureMap& source, RowRange /*rows*/) {
        open.push_back({&source, false});
      });
    }
  }
}

// Rows of the stages that some rows of a map, which is none itself, are made from.
void StreamPlan::note_reads(const FeatureMap& map, RowRange rows,
                            std::vector<RowRange>& reads) const {
  for_each_source(map, rows, [&](const FeatureMap& source, RowRange seen) {
    if (seen.count() == 0) {
      return;
    }
    if (!is_in_memory(source)) {
      note_reads(source, seen, reads);
      return;
    }
    RowRange& noted = reads[index_.at(&source)];
    noted = together(noted, seen);
  });
}

void StreamPlan::plan_band(RowRange rows, std::vector<std::int64_t>& made) {
  std::vector<RowRange> reads(stages_.size());
  if (is_in_memory(*result_)) {
    reads.back() = rows;
  } else {
    note_reads(*result_, rows, reads);
  }
  for (std::size_t i = stages_.size(); i-- > 0;) {
    const std::int64_t height = stages_[i].map->shape.height;
    const std::int64_t needed = (reads[i].last + kMultiple - 1) / kMultiple * kMultiple;
    const RowRange next{made[i], std::max(made[i], std::min(needed, height))};
    made[i] = next.last;
    if (next.count() > 0) {
      note_reads(*stages_[i].map, next, reads);
    }
    stages_[i].steps.push_back({next, reads[i].count() > 0 ? reads[i].first : kNever});
  }
}

// So far it was noted which rows each band reads; a row must stay until the last one did.
void StreamPlan::drop_what_is_done() {
  for (StreamStage& stage : stages_) {
    std::int64_t needed = kNever;
    for (auto step = stage.steps.rbegin(); step != stage.steps.rend(); ++step) {
      needed = std::min(needed, step->keep_from);
      step->keep_from = std::min(needed, step->made.first);
      stage.most_rows = std::max(stage.most_rows, step->made.last - step->keep_from);
    }
  }
}

std::size_t StreamPlan::bytes(Element element) const {
  std::size_t sum = 0;
  for (const StreamStage& stage : stages_) {
    sum += static_cast<std::size_t>(stage.most_rows) * row_bytes(stage.map->shape, element);
  }
  return sum;
}

std::size_t StreamPlan::bytes_when_whole(Element element) const {
  std::vector<std::size_t> last_reader(stages_.size(), stages_.size());
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    std::vector<RowRange> reads(stages_.size());
    note_reads(*stages_[i].map, {0, stages_[i].map->shape.height}, reads);
    for (std::size_t source = 0; source < i; ++source) {
      last_reader[source] = reads[source].count() > 0 ? i : last_reader[source];
    }
  }
  std::vector<RowRange> reads(stages_.size());
  note_reads(*result_, {0, result_->shape.height}, reads);
  for (std::size_t source = 0; source < stages_.size(); ++source) {
    last_reader[source] = reads[source].count() > 0 ? stages_.size() : last_reader[source];
  }
  std::size_t most = 0;
  for (std::size_t now = 0; now < stages_.size(); ++now) {
    std::size_t sum = 0;
    for (std::size_t i = 0; i <= now; ++i) {
      const MapShape& shape = stages_[i].map->shape;
      if (last_reader[i] >= now) {
        sum += row_bytes(shape, element) * static_cast<std::size_t>(shape.height);
      }
    }
    most = std::max(most, sum);
  }
  return most;
}

}  // namespace stylize::strips
