#include "strip_network.h"

#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "picture_sample.h"
#include "stylize/core/byte_size.h"
#include "stylize/core/error.h"

namespace stylize::strips {
namespace {

constexpr std::int64_t kChannels = 3;

void check_shape(const MapPtr& result, const MapPtr& picture) {
  if (!(result->shape == picture->shape)) {
    throw Error(ErrorCode::kModelInvalid, {},
                "the network does not return a picture of its input's size");
  }
}

}  // namespace

void StripNetwork::limit(const RunLimits& limits) {
  limits_ = limits;
  constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
  walk_.features().memory().limit(limits.tiling == Tiling::kOff ? kNoLimit : limits.memory,
                                  limits.spill_folder);
}

void StripNetwork::run(std::int64_t height, std::int64_t width, const PictureRows& rows) {
  const MapPtr picture = make_given({kChannels, height, width}, rows.read);
  MapMemory& memory = walk_.features().memory();
  memory.take_most_in_files();
  // However the run ends.
  const auto end_run = [](MapMemory* of) { of->end_run(); };
  const std::unique_ptr<MapMemory, decltype(end_run)> ends(&memory, end_run);
  if (!run_in_passing(picture, rows.write)) {
    run_at_once(picture, rows.write);
  }
}

void StripNetwork::run_at_once(const MapPtr& picture, const WriteRows& write) {
  walk_.features().compute_at_once();
  const MapPtr result = walk_.run(picture);
  check_shape(result, picture);
  walk_.features().write(result, limits_.memory, write);
  const std::size_t in_files = walk_.features().memory().take_most_in_files();
  how_ = in_files == 0 ? "in memory" : format_byte_size(in_files) + " of it in temporary files";
}

// Where that is needed, and the script can be followed so.
bool StripNetwork::run_in_passing(const MapPtr& picture, const WriteRows& write) {
  if (limits_.tiling == Tiling::kOff) {
    return false;
  }
  const auto fits = [&] { return last_followed_->bytes <= limits_.memory; };
  if (last_followed_ && last_followed_->shape == picture->shape && fits()) {
    return false;  // as a video's next frame
  }
  if (const std::optional<MapPtr> result = follow(picture, {})) {
    last_followed_ = {picture->shape, walk_.features().bytes_when_whole(*result)};
    const bool is_needed = !fits();
    if (is_needed) {
      walk_.features().write(*result, limits_.memory, write);
      how_ = "row by row";
    }
    return is_needed;
  }
  if (limits_.tiling != Tiling::kFast || !is_worth_a_sample(picture->shape)) {
    return false;
  }
  const std::optional<MapPtr> result = follow_sampled(picture);
  if (result) {
    walk_.features().write(*result, limits_.memory, write);
    how_ = "row by row, normalized by a sample";
  }
  return result.has_value();
}

// What would come out, with nothing computed; nothing where that cannot be.
std::optional<MapPtr> StripNetwork::follow(const MapPtr& picture, Statistics statistics) {
  try {
    walk_.features().compute_in_passing(std::move(statistics));
    const MapPtr result = walk_.run(picture);
    check_shape(result, picture);
    return result;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kModelInvalid) {
      throw;
    }
    return std::nullopt;
  }
}

// The same with the statistics of a sample.
std::optional<MapPtr> StripNetwork::follow_sampled(const MapPtr& picture) {
  Features& features = walk_.features();
  const PictureSample sample = sample_of(picture);
  features.compute_at_once(&sample);
  try {
    // What comes behind the last norm is not computed.
    static_cast<void>(walk_.run(sample.squares));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kModelInvalid) {
      throw;
    }
    return std::nullopt;  // a script may refuse the sample's size
  }
  return follow(picture, features.statistics());
}

std::string StripNetwork::describe() const {
  return how_ + "; " + strips::describe(walk_.report());
}

}  // namespace stylize::strips
