#include "strip_runner.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <atomic>

namespace stylize::strips {
namespace {

// Of what a strip reads and writes. More would leave the caches, less would spend its time on calls
// to oneDNN.
constexpr std::size_t kStripBytes = 4U << 20U;
constexpr std::int64_t kFewestRows = 4;  // of which all have a multiple: a row of Winograd's tiles
constexpr std::int64_t kStripsAThread = 2;

// Bytes of the widest map that a row of this one passes through on its way from memory.
std::size_t widest_row(const FeatureMap& map, Element element) {
  const auto deeper = [&](const MapPtr& source) { return widest_row(*source, element); };
  struct Visitor {
    const decltype(deeper)& next;
    std::size_t operator()(const Stored& /*how*/) const { return 0; }
    std::size_t operator()(const Activated& how) const { return next(how.source); }
    std::size_t operator()(const Added& how) const {
      return std::max(next(how.first), next(how.second));
    }
    std::size_t operator()(const Resized& how) const { return next(how.source); }
    std::size_t operator()(const Padded& how) const { return next(how.source); }
    std::size_t operator()(const Convolved& how) const {
      return next(how.padded) * static_cast<std::size_t>(how.convolution.stride[0]);
    }
  };
  return std::max(row_bytes(map.shape, element), std::visit(Visitor{deeper}, map.how));
}

std::int64_t rows_of_strips(const FeatureMap& map, Element element) {
  const std::size_t bytes = 2 * widest_row(map, element);  // what is read and what is made of it
  const auto fitting = static_cast<std::int64_t>(kStripBytes / std::max<std::size_t>(bytes, 1));
  const std::int64_t shared = map.shape.height / (at::get_num_threads() * kStripsAThread);
  const std::int64_t rows = std::min(fitting, shared) / kFewestRows * kFewestRows;
  return std::clamp(rows, std::min(kFewestRows, map.shape.height), map.shape.height);
}

}  // namespace

// `make_strip(rows, scratch)` makes rows of `shape` and returns their moments; they are added up in
// the order of the strips, so that chance changes nothing.
template <typename MakeStrip>
Moments StripRunner::run_strips(const MapShape& shape, std::int64_t rows,
                                const MakeStrip& make_strip) {
  const std::int64_t threads = at::get_num_threads();
  scratch_.resize(std::max(scratch_.size(), static_cast<std::size_t>(threads)));
  const std::int64_t strips = (shape.height + rows - 1) / rows;
  std::vector<Moments> moments(static_cast<std::size_t>(strips));
  std::atomic<std::int64_t> next{0};
  at::parallel_for(0, threads, 1, [&](std::int64_t begin, std::int64_t end) {
    const c10::InferenceMode inference;
    for (std::int64_t thread = begin; thread < end; ++thread) {
      Scratch& scratch = scratch_[static_cast<std::size_t>(thread)];
      for (std::int64_t strip = next++; strip < strips; strip = next++) {
        const RowRange range{strip * rows, std::min(shape.height, (strip + 1) * rows)};
        moments[static_cast<std::size_t>(strip)] = make_strip(range, scratch);
      }
    }
  });
  Moments all{};
  for (const Moments& strip : moments) {
    all = combine(all, strip);
  }
  return all;
}

Evaluated StripRunner::evaluate(const FeatureMap& map, bool with_moments) {
  const at::Tensor values = memory_.make(map.shape, element_);
  auto* const result = static_cast<std::byte*>(values.mutable_data_ptr());
  const std::size_t bytes = row_bytes(map.shape, element_);
  const auto make_strip = [&](RowRange rows, Scratch& scratch) {
    std::byte* const to = result + static_cast<std::size_t>(rows.first) * bytes;
    read_rows(map, rows, {element_, convolutions_, scratch}, to, bytes);
    const auto count =
        static_cast<std::size_t>(rows.count() * map.shape.width * map.shape.channels);
    return with_moments ? row_kernels(element_).moments(to, count) : Moments{};
  };
  const Moments moments = run_strips(map.shape, rows_of_strips(map, element_), make_strip);
  return {make_stored(values), moments};
}

Moments StripRunner::moments_of(const FeatureMap& stored) {
  const std::size_t bytes = row_bytes(stored.shape, element_);
  const auto* const values = static_cast<const std::byte*>(stored_values(stored)->const_data_ptr());
  return run_strips(stored.shape, rows_of_strips(stored, element_), [&](RowRange rows, Scratch&) {
    const auto count =
        static_cast<std::size_t>(rows.count() * stored.shape.width * stored.shape.channels);
    return row_kernels(element_).moments(values + static_cast<std::size_t>(rows.first) * bytes,
                                         count);
  });
}

}  // namespace stylize::strips
