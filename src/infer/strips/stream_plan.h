// In which order the rows of a network's maps are made when its picture passes by in bands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "row_needs.h"

namespace stylize::strips {

// What one band of the result takes of one map.
struct StreamStep {
  RowRange made;           // new rows, behind those that there are
  std::int64_t keep_from;  // rows before this one are needed no more
};

struct StreamStage {
  const FeatureMap* map = nullptr;  // Streamed
  std::vector<StreamStep> steps;    // of each band
  std::int64_t most_rows = 0;       // in memory at once
};

// Every row is made once, in order, and kept as long as a later one sees it: with as much
// arithmetic as on the whole picture, and from the same values.
class StreamPlan {
 public:
  // `band`: rows of the result that are made together. The maps must stay as long as the plan.
  StreamPlan(const FeatureMap& result, std::int64_t band);

  // Sources first.
  [[nodiscard]] const std::vector<StreamStage>& stages() const noexcept { return stages_; }
  [[nodiscard]] std::int64_t bands() const noexcept;
  [[nodiscard]] RowRange rows_of(std::int64_t band) const;  // of the result

  // Of all that is in memory at once.
  [[nodiscard]] std::size_t bytes(Element element) const;

  // The same if each map were computed whole, as soon as those that it reads are.
  [[nodiscard]] std::size_t bytes_when_whole(Element element) const;

 private:
  void collect();
  void note_reads(const FeatureMap& map, RowRange rows, std::vector<RowRange>& reads) const;
  void plan_band(RowRange rows, std::vector<std::int64_t>& made);
  void drop_what_is_done();

  const FeatureMap* result_;
  std::int64_t band_;
  std::vector<StreamStage> stages_;
  std::unordered_map<const FeatureMap*, std::size_t> index_;  // of stages
};

}  // namespace stylize::strips
