// A network in strips, with what it does to stay within its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "script_walk.h"
#include "stylize/infer/picture_rows.h"
#include "stylize/infer/run_limits.h"

namespace stylize::strips {

// One run at a time.
class StripNetwork {
 public:
  // As ScriptWalk; `exact` is what the module's vectors were in float.
  StripNetwork(const torch::jit::Module& module, at::ScalarType type, ExactVectors exact)
      : walk_(module, type) {
    walk_.features().use(std::move(exact));
  }

  // For runs from here on.
  void limit(const RunLimits& limits);

  // Throws what ScriptWalk::run and MapMemory::make throw, and Error kModelInvalid where what comes
  // out has another size.
  void run(std::int64_t height, std::int64_t width, const PictureRows& rows);

  // Bytes of memory that the next run takes over.
  [[nodiscard]] std::size_t reusable_memory() { return walk_.features().memory().free(); }

  // Whether all of the last run was within limits: operators that are no patterns know none.
  [[nodiscard]] bool is_bounded() const { return walk_.report().whole.empty(); }

  // How the last run went, for the log.
  [[nodiscard]] std::string describe() const;

 private:
  bool run_in_passing(const MapPtr& picture, const WriteRows& write);
  void run_at_once(const MapPtr& picture, const WriteRows& write);
  std::optional<MapPtr> follow(const MapPtr& picture, Statistics statistics);
  std::optional<MapPtr> follow_sampled(const MapPtr& picture);

  // Of the maps of a picture of this shape, if all are in memory.
  struct WholeRun {
    MapShape shape;
    std::size_t bytes;
  };

  ScriptWalk walk_;
  RunLimits limits_;
  std::optional<WholeRun> last_followed_;
  std::string how_;
};

}  // namespace stylize::strips
