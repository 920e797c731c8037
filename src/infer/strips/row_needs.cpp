#include "row_needs.h"

#include <algorithm>
#include <variant>

namespace stylize::strips {
namespace {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace

RowRange rows_seen(const Convolution& convolution, RowRange rows) {
  const std::int64_t step = convolution.stride[0];
  return {rows.first * step, (rows.last - 1) * step + convolution.reach(0)};
}

RowRange rows_seen(const Resized& resized, RowRange rows) {
  const auto sample = [&](std::int64_t y) {
    return sample_at(y, resized.source->shape.height, resized.step_down, resized.aligned_corners);
  };
  return {sample(rows.first).first, sample(rows.last - 1).second + 1};
}

RowRange rows_seen(const Padded& padded, RowRange rows) {
  const std::int64_t height = padded.source->shape.height;
  RowRange seen{height, 0};
  for (std::int64_t y = rows.first; y < rows.last; ++y) {
    const std::int64_t from = source_index(y - padded.top, height, padded.mode);
    if (from >= 0) {
      seen = {std::min(seen.first, from), std::max(seen.last, from + 1)};
    }
  }
  return seen.count() > 0 ? seen : RowRange{};
}

void for_each_source(const FeatureMap& map, RowRange rows,
                     const std::function<void(const FeatureMap&, RowRange)>& use) {
  std::visit(Overloaded{
                 [](const Stored& /*how*/) {},
                 [](const Given& /*how*/) {},
                 [&](const Streamed& how) { use(*how.source, rows); },
                 [&](const Pointwise& how) { use(*how.source, rows); },
                 [&](const Activated& how) { use(*how.source, rows); },
                 [&](const Clamped& how) { use(*how.source, rows); },
                 [&](const Added& how) {
                   use(*how.first, rows);
                   use(*how.second, rows);
                 },
                 [&](const Resized& how) { use(*how.source, rows_seen(how, rows)); },
                 [&](const Padded& how) { use(*how.source, rows_seen(how, rows)); },
                 [&](const Convolved& how) { use(*how.padded, rows_seen(how.convolution, rows)); },
             },
             map.how);
}

}  // namespace stylize::strips
