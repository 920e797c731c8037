#include "strip_runner.h"

#include <ATen/Parallel.h>

#include <algorithm>

namespace stylize::strips {
namespace {

// Of what a strip reads and writes. More would leave the caches, less would spend its time on calls
// to oneDNN.
constexpr std::size_t kStripBytes = 4U << 20U;
// Where rows are kept, a strip passes the caches row by row, and the higher it is, the fewer rows
// are made twice; but strips that are written, or let go, are in memory as a whole.
constexpr std::size_t kKeptStripBytes = 32U << 20U;
constexpr std::int64_t kFewestRows = 4;  // of which all have a multiple: a row of Winograd's tiles
constexpr std::int64_t kStripsAThread = 2;

// Bytes of files that may stay in memory while they are worked on.
constexpr std::size_t kLetGoAfter = 128U << 20U;

// Of `rows`, so many that all threads get as many strips. Rounded up: one strip more would be a
// round more for all to wait for.
std::int64_t share_of_thread(std::int64_t rows) {
  const std::int64_t strips = at::get_num_threads() * kStripsAThread;
  const std::int64_t multiple = strips * kFewestRows;
  return (rows + multiple - 1) / multiple * kFewestRows;
}

// Of `rows` that are made together; `bytes` are read and made for one.
std::int64_t rows_of_strips(std::int64_t rows, std::size_t bytes, std::size_t strip_bytes) {
  const auto fitting = static_cast<std::int64_t>(strip_bytes / std::max<std::size_t>(bytes, 1));
  const std::int64_t whole = std::max(fitting / kFewestRows, std::int64_t{1}) * kFewestRows;
  return std::min({whole, share_of_thread(rows), rows});
}

// Calls `use` with the values of a strip as floats, which those of a picture are.
template <typename Use>
void with_floats(const Strip& strip, const RowTools& tools, const Use& use) {
  const Element element = element_of(strip.shape, tools.element);
  if (element == Element::kFloat) {
    use(reinterpret_cast<const float*>(strip.data));
    return;
  }
  const auto& [channels, height, width] = strip.shape;
  const auto values = static_cast<std::size_t>(channels * height * width);
  const Scratch::Block block(tools.scratch, values * sizeof(float));
  tensor_of(Strip{block.data(), strip.shape}, Element::kFloat).copy_(tensor_of(strip, element));
  use(reinterpret_cast<const float*>(block.data()));
}

}  // namespace

// `make_strip(rows, scratch)` makes rows of a map and returns their moments; they are added up in
// the order of the strips, so that chance changes nothing.
template <typename MakeStrip>
Moments StripRunner::run_strips(const Work& work, const MakeStrip& make_strip) {
  const std::size_t bytes = 2 * widest_row(work.map, element_);
  const std::int64_t rows = rows_of_strips(work.rows.count(), bytes,
                                           keeps_rows(work.map) ? kKeptStripBytes : kStripBytes);
  const std::int64_t strips = (work.rows.count() + rows - 1) / rows;
  std::vector<Moments> moments(static_cast<std::size_t>(strips));
  workers_.share(strips, [&](std::int64_t strip, Scratch& scratch) {
    const std::int64_t first = work.rows.first + strip * rows;
    const RowRange range{first, std::min(work.rows.last, first + rows)};
    moments[static_cast<std::size_t>(strip)] = make_strip(range, scratch);
    count_work(static_cast<std::size_t>(range.count()) * bytes);
  });
  Moments all{};
  for (const Moments& strip : moments) {
    all = combine(all, strip);
  }
  return all;
}

bool StripRunner::may_make_in_passing(const FeatureMap& map, const Convolution& reader) const {
  constexpr std::int64_t kEnoughRows = 16;  // of a strip, for each layer that makes some twice
  const std::int64_t enough = kEnoughRows * open_convolutions(map);
  return map.shape.height / reader.stride[0] >= enough * kStripsAThread * at::get_num_threads() &&
         convolutions_.makes_rows_alone(reader) && makes_rows_alone(map);
}

bool StripRunner::makes_rows_alone(const FeatureMap& map) const {
  if (stored_values(map) != nullptr) {
    return true;
  }
  // LibTorch's loops may end otherwise than they go.
  const auto* convolved = std::get_if<Convolved>(&map.how);
  bool does = convolved == nullptr ? !std::holds_alternative<Pointwise>(map.how)
                                   : convolutions_.makes_rows_alone(convolved->convolution);
  for_each_source(map, {0, 1}, [&](const FeatureMap& source, RowRange /*rows*/) {
    does = does && makes_rows_alone(source);
  });
  return does;
}

void StripRunner::count_work(std::size_t bytes) {
  if (worked_on_ += bytes; worked_on_ > kLetGoAfter) {
    worked_on_ = 0;
    memory_.let_go();
  }
}

Evaluated StripRunner::evaluate(const FeatureMap& map, bool with_moments) {
  const at::Tensor values = memory_.make(map.shape, element_);
  auto* const result = static_cast<std::byte*>(values.mutable_data_ptr());
  const std::size_t bytes = row_bytes(map.shape, element_);
  const Moments moments =
      run_strips({map, {0, map.shape.height}}, [&](RowRange rows, Scratch& scratch) {
        std::byte* const to = result + static_cast<std::size_t>(rows.first) * bytes;
        read_rows(map, rows, {element_, convolutions_, scratch}, to, bytes);
        return with_moments ? moments_of_rows(map.shape, rows, to) : Moments{};
      });
  return {make_stored(values), moments};
}

void StripRunner::make_rows(const FeatureMap& map, RowRange rows, std::byte* to) {
  const std::size_t bytes = row_bytes(map.shape, element_);
  run_strips({map, rows}, [&](RowRange strip, Scratch& scratch) {
    read_rows(map, strip, {element_, convolutions_, scratch},
              to + static_cast<std::size_t>(strip.first - rows.first) * bytes, bytes);
    return Moments{};
  });
}

void StripRunner::write(const FeatureMap& map, RowRange rows, const WriteRows& write) {
  const std::size_t bytes = row_bytes(map.shape, element_);
  run_strips({map, rows}, [&](RowRange strip, Scratch& scratch) {
    const auto count = static_cast<std::size_t>(strip.count());
    const Scratch::Block block(scratch, count * bytes);
    read_rows(map, strip, {element_, convolutions_, scratch}, block.data(), bytes);
    const MapShape shape{map.shape.channels, strip.count(), map.shape.width};
    with_floats({block.data(), shape}, {element_, convolutions_, scratch},
                [&](const float* values) { write(strip.first, strip.count(), values); });
    return Moments{};
  });
}

Moments StripRunner::moments_of(const FeatureMap& stored) {
  const std::size_t bytes = row_bytes(stored.shape, element_);
  const auto* const values = static_cast<const std::byte*>(stored_values(stored)->const_data_ptr());
  return run_strips({stored, {0, stored.shape.height}}, [&](RowRange rows, Scratch&) {
    return moments_of_rows(stored.shape, rows,
                           values + static_cast<std::size_t>(rows.first) * bytes);
  });
}

Moments StripRunner::moments_of_rows(const MapShape& shape, RowRange rows,
                                     const std::byte* values) const {
  if (sample_ != nullptr) {
    return sample_->moments(shape, rows, values, element_);
  }
  const auto count = static_cast<std::size_t>(rows.count() * shape.width * shape.channels);
  return row_kernels(element_of(shape, element_)).moments(values, count);
}

}  // namespace stylize::strips
