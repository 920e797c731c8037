#include "row_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace stylize::strips {
namespace {

// Rows that lie in memory already, or were computed into a scratch block.
struct Rows {
  const std::byte* data = nullptr;
  std::size_t stride = 0;
  std::int64_t first = 0;
  const std::byte* end = nullptr;  // one behind what may be read

  [[nodiscard]] const std::byte* row(std::int64_t y) const {
    return data + static_cast<std::size_t>(y - first) * stride;
  }
};

bool is_in_memory(const FeatureMap& map) {
  return stored_values(map) != nullptr || std::holds_alternative<Streamed>(map.how);
}

// Rows that are made together where convolutions hand them over: of so many bytes, a part of the
// second cache, and of more where each convolution is a call to oneDNN.
std::int64_t rows_together(const FeatureMap& map, const RowTools& tools) {
  constexpr std::size_t kBytes = 512U << 10U;
  constexpr std::size_t kBytesOfCalls = 2U << 20U;
  constexpr std::int64_t kFewest = 4;  // a row of Winograd's tiles
  const std::size_t bytes = tools.convolutions.is_quick_to_call() ? kBytes : kBytesOfCalls;
  const auto fitting = static_cast<std::int64_t>(bytes / widest_row(map, tools.element));
  return std::max(fitting / kFewest * kFewest, kFewest);
}

class RowReader {
 public:
  explicit RowReader(const RowTools& tools) : element_(tools.element), tools_(tools) {}

  void read(const FeatureMap& map, RowRange rows, std::byte* to, std::size_t stride) {
    std::visit([&, this](const auto& how) { this->read_how(map, how, rows, to, stride); }, map.how);
  }

  // Adds the rows that lie at `added`, if any.
  void convolve(const FeatureMap& map, const Convolved& convolved, RowRange rows, std::byte* to,
                std::size_t stride, const Rows& added = {}) {
    const MapShape& from = convolved.padded->shape;
    const RowRange needed = rows_seen(convolved.convolution, rows);
    with_kept_rows(*convolved.padded, needed, [&](const Rows& source) {
      // Strips are written, too, but this one is only read.
      auto* const data = const_cast<std::byte*>(source.row(needed.first));
      const auto room = static_cast<std::size_t>(source.end - source.row(needed.last));
      tools_.convolutions.run({data, {from.channels, needed.count(), from.width}, room},
                              convolved.convolution,
                              {.data = to,
                               .shape = {map.shape.channels, rows.count(), map.shape.width},
                               .stride = stride,
                               .added = added.data == nullptr ? nullptr : added.row(rows.first),
                               .added_stride = added.stride},
                              tools_.scratch);
    });
  }

 private:
  // Calls `use` with these rows, without a copy where they are in memory.
  template <typename Use>
  void with_rows(const FeatureMap& map, RowRange rows, const Use& use) {
    const std::size_t stride = row_bytes(map.shape, element_);
    if (const at::Tensor* values = stored_values(map)) {
      const auto* data = static_cast<const std::byte*>(values->const_data_ptr());
      use(Rows{data, stride, 0, data + values->nbytes()});
      return;
    }
    if (const auto* streamed = std::get_if<Streamed>(&map.how)) {
      const RowWindow& window = *streamed->window;
      const auto* data = static_cast<const std::byte*>(window.memory.const_data_ptr());
      use(Rows{data, stride, window.first, data + window.memory.nbytes()});
      return;
    }
    const std::size_t bytes = stride * static_cast<std::size_t>(rows.count());
    const Scratch::Block block(tools_.scratch, bytes);
    read(map, rows, block.data(), stride);
    use(Rows{block.data(), stride, rows.first, block.data() + bytes + kScratchRoom});
  }

  // The same, but for rows that the call before made: from top to bottom, each is made once.
  template <typename Use>
  void with_kept_rows(const FeatureMap& map, RowRange rows, const Use& use) {
    if (is_in_memory(map)) {
      with_rows(map, rows, use);
      return;
    }
    const std::size_t stride = row_bytes(map.shape, element_);
    const std::size_t index = kept_index(map, rows);
    const Kept before = kept_[index];
    if (rows.first < before.rows.first) {
      with_rows(map, rows, use);  // reflected ones, from above
      return;
    }
    if (rows.last > before.rows.last) {
      const std::int64_t again = std::max<std::int64_t>(before.rows.last - rows.first, 0);
      const auto bytes = static_cast<std::size_t>(again) * stride;
      if (again > 0) {
        const auto above = static_cast<std::size_t>(rows.first - before.rows.first);
        std::memmove(before.data, before.data + above * stride, bytes);
      }
      read(map, {rows.first + again, rows.last}, before.data + bytes, stride);
      kept_[index].rows = rows;
    }
    const Kept& now = kept_[index];
    const std::size_t bytes = stride * static_cast<std::size_t>(now.most);
    use(Rows{now.data, stride, now.rows.first, now.data + bytes + kScratchRoom});
  }

  // Where this map's are kept, with memory for so many; more than before begin anew.
  std::size_t kept_index(const FeatureMap& map, RowRange rows) {
    const auto found = std::find_if(kept_.begin(), kept_.end(),
                                    [&](const Kept& kept) { return kept.map == &map; });
    const auto index = static_cast<std::size_t>(found - kept_.begin());
    if (found == kept_.end()) {
      kept_.push_back({&map, nullptr, 0, {}});
    }
    Kept& kept = kept_[index];
    if (rows.count() > kept.most) {
      const auto count = static_cast<std::size_t>(rows.count());
      kept.data = tools_.scratch.keep(index, row_bytes(map.shape, element_) * count);
      kept.most = rows.count();
      kept.rows = {rows.first, rows.first};
    }
    return index;
  }

  void read_how(const FeatureMap& map, const Stored& /*how*/, RowRange rows, std::byte* to,
                std::size_t stride) {
    copy(map, rows, to, stride);
  }

  void read_how(const FeatureMap& map, const Streamed& /*how*/, RowRange rows, std::byte* to,
                std::size_t stride) {
    copy(map, rows, to, stride);
  }

  void read_how(const FeatureMap& map, const Given& given, RowRange rows, std::byte* to,
                std::size_t stride) {
    const std::size_t row = row_bytes(map.shape, Element::kFloat);
    if (stride == row) {
      given.read(rows.first, rows.count(), reinterpret_cast<float*>(to));
      return;
    }
    const Scratch::Block block(tools_.scratch, static_cast<std::size_t>(rows.count()) * row);
    given.read(rows.first, rows.count(), reinterpret_cast<float*>(block.data()));
    const std::byte* from = block.data();
    for (std::int64_t y = rows.first; y < rows.last; ++y, from += row, to += stride) {
      std::memcpy(to, from, row);
    }
  }

  void read_how(const FeatureMap& map, const Pointwise& pointwise, RowRange rows, std::byte* to,
                std::size_t stride) {
    with_rows(*pointwise.source, rows, [&](const Rows& from) {
      const MapShape shape{map.shape.channels, rows.count(), map.shape.width};
      // What it is told to compute leaves what it reads alone.
      auto* const data = const_cast<std::byte*>(from.row(rows.first));
      strided(shape, to, stride)
          .copy_(pointwise.of(tensor_of(Strip{data, shape}, element_of(shape, element_))));
    });
  }

  void copy(const FeatureMap& map, RowRange rows, std::byte* to, std::size_t stride) {
    const std::size_t bytes = row_bytes(map.shape, element_);
    with_rows(map, rows, [&](const Rows& from) {
      for (std::int64_t y = rows.first; y < rows.last; ++y, to += stride) {
        std::memcpy(to, from.row(y), bytes);
      }
    });
  }

  void read_how(const FeatureMap& map, const Activated& activated, RowRange rows, std::byte* to,
                std::size_t stride) {
    const auto width = static_cast<std::size_t>(map.shape.width);
    const auto channels = static_cast<std::size_t>(map.shape.channels);
    with_rows(*activated.source, rows, [&](const Rows& from) {
      for (std::int64_t y = rows.first; y < rows.last; ++y, to += stride) {
        kernels_of(map).activate(from.row(y), to, width, channels, activated.scale.data(),
                                 activated.shift.data(), activated.slope);
      }
    });
  }

  void read_how(const FeatureMap& map, const Clamped& clamped, RowRange rows, std::byte* to,
                std::size_t stride) {
    read(*clamped.source, rows, to, stride);
    const auto values = static_cast<std::size_t>(map.shape.width * map.shape.channels);
    for (std::int64_t y = rows.first; y < rows.last; ++y, to += stride) {
      kernels_of(map).clamp(to, values, clamped.low, clamped.high);
    }
  }

  void read_how(const FeatureMap& map, const Added& added, RowRange rows, std::byte* to,
                std::size_t stride) {
    for (const auto& [one, other] :
         {std::pair(added.first, added.second), std::pair(added.second, added.first)}) {
      if (const auto* convolved = std::get_if<Convolved>(&other->how)) {
        with_rows(*one, rows,
                  [&](const Rows& from) { convolve(map, *convolved, rows, to, stride, from); });
        return;
      }
    }
    read(*added.first, rows, to, stride);
    const auto values = static_cast<std::size_t>(map.shape.width * map.shape.channels);
    with_rows(*added.second, rows, [&](const Rows& from) {
      for (std::int64_t y = rows.first; y < rows.last; ++y, to += stride) {
        kernels_of(map).add(from.row(y), to, values);
      }
    });
  }

  void read_how(const FeatureMap& map, const Resized& resized, RowRange rows, std::byte* to,
                std::size_t stride) {
    const MapShape& from = resized.source->shape;
    const auto row_sample = [&](std::int64_t y) {
      return sample_at(y, from.height, resized.step_down, resized.aligned_corners);
    };
    const Scratch::Block block(tools_.scratch,
                               static_cast<std::size_t>(map.shape.width) * sizeof(Sample));
    auto* columns = reinterpret_cast<Sample*>(block.data());
    for (std::int64_t x = 0; x < map.shape.width; ++x) {
      columns[x] = sample_at(x, from.width, resized.step_right, resized.aligned_corners);
    }
    with_rows(*resized.source, rows_seen(resized, rows), [&](const Rows& source) {
      for (std::int64_t y = rows.first; y < rows.last; ++y, to += stride) {
        const Sample sample = row_sample(y);
        kernels_of(map).resize(source.row(sample.first), source.row(sample.second), sample.weight,
                               columns, to, static_cast<std::size_t>(map.shape.width),
                               static_cast<std::size_t>(map.shape.channels));
      }
    });
  }

  void read_how(const FeatureMap& map, const Padded& padded, RowRange rows, std::byte* to,
                std::size_t stride);

  void read_how(const FeatureMap& map, const Convolved& convolved, RowRange rows, std::byte* to,
                std::size_t stride) {
    convolve(map, convolved, rows, to, stride);
  }

  // Rows that are `stride` bytes apart.
  [[nodiscard]] at::Tensor strided(const MapShape& shape, std::byte* to, std::size_t stride) const {
    return tensor_of(Target{.data = to, .shape = shape, .stride = stride},
                     element_of(shape, element_));
  }

  [[nodiscard]] const RowKernels& kernels_of(const FeatureMap& map) const {
    return row_kernels(element_of(map.shape, element_));
  }

  void pad_sides(const Padded& padded, std::byte* row) const;

  struct Kept {
    const FeatureMap* map;
    std::byte* data;
    std::int64_t most;  // rows that there is memory for
    RowRange rows;
  };

  Element element_;
  const RowTools& tools_;
  std::vector<Kept> kept_;
};

// Rows of the source are read once, each to the place of the row that shows it as it is, or, where
// only its reflection is wanted, beside them.
void RowReader::read_how(const FeatureMap& map, const Padded& padded, RowRange rows, std::byte* to,
                         std::size_t stride) {
  const FeatureMap& source = *padded.source;
  const std::size_t pixel = row_bytes({source.shape.channels, 1, 1}, element_);
  const std::size_t left = static_cast<std::size_t>(padded.left) * pixel;
  const auto target = [&](std::int64_t y) {
    return to + static_cast<std::size_t>(y - rows.first) * stride;
  };
  const RowRange inside{std::max(rows.first, padded.top),
                        std::min(rows.last, padded.top + source.shape.height)};
  if (inside.count() > 0) {
    read(source, {inside.first - padded.top, inside.last - padded.top}, target(inside.first) + left,
         stride);
    for (std::int64_t y = inside.first; y < inside.last; ++y) {
      pad_sides(padded, target(y));
    }
  }
  const std::size_t bytes = row_bytes(map.shape, element_);
  for (std::int64_t y = rows.first; y < rows.last; ++y) {
    if (y >= inside.first && y < inside.last) {
      continue;
    }
    const std::int64_t from = source_index(y - padded.top, source.shape.height, padded.mode);
    const std::int64_t shown = from + padded.top;
    if (from < 0) {
      std::memset(target(y), 0, bytes);
    } else if (shown >= inside.first && shown < inside.last) {
      std::memcpy(target(y), target(shown), bytes);
    } else {
      read(source, {from, from + 1}, target(y) + left, stride);
      pad_sides(padded, target(y));
    }
  }
}

// The pixels beside the source's own, which are there.
void RowReader::pad_sides(const Padded& padded, std::byte* row) const {
  const MapShape& shape = padded.source->shape;
  const std::size_t pixel = row_bytes({shape.channels, 1, 1}, element_);
  const auto fill = [&](std::int64_t x) {
    std::byte* to = row + static_cast<std::size_t>(x + padded.left) * pixel;
    const std::int64_t from = source_index(x, shape.width, padded.mode);
    if (from < 0) {
      std::memset(to, 0, pixel);
    } else {
      std::memcpy(to, row + static_cast<std::size_t>(from + padded.left) * pixel, pixel);
    }
  };
  for (std::int64_t x = -padded.left; x < 0; ++x) {
    fill(x);
  }
  for (std::int64_t x = shape.width; x < shape.width + padded.right; ++x) {
    fill(x);
  }
}

// Whether a convolution that sees so many rows at least reads what another one makes meanwhile.
bool has_chain(const FeatureMap& map, std::int64_t fewest_seen) {
  if (is_in_memory(map)) {
    return false;
  }
  const auto* convolved = std::get_if<Convolved>(&map.how);
  bool has = convolved != nullptr && convolved->convolution.reach(0) >= fewest_seen &&
             open_convolutions(*convolved->padded) > 0;
  for_each_source(map, {0, 1}, [&](const FeatureMap& source, RowRange /*rows*/) {
    has = has || has_chain(source, fewest_seen);
  });
  return has;
}

}  // namespace

void read_rows(const FeatureMap& map, RowRange rows, const RowTools& tools, std::byte* to,
               std::size_t stride) {
  const std::int64_t together = has_chain(map, 1) ? rows_together(map, tools) : rows.count();
  RowReader reader(tools);
  for (std::int64_t first = rows.first; first < rows.last; first += together) {
    reader.read(map, {first, std::min(rows.last, first + together)},
                to + static_cast<std::size_t>(first - rows.first) * stride, stride);
  }
}

std::int64_t open_convolutions(const FeatureMap& map) {
  if (is_in_memory(map)) {
    return 0;
  }
  std::int64_t open = std::holds_alternative<Convolved>(map.how) ? 1 : 0;
  for_each_source(map, {0, 1}, [&](const FeatureMap& source, RowRange /*rows*/) {
    open += open_convolutions(source);
  });
  return open;
}

bool keeps_rows(const FeatureMap& map) { return has_chain(map, 2); }

std::size_t widest_row(const FeatureMap& map, Element element) {
  std::size_t widest = row_bytes(map.shape, element);
  if (std::holds_alternative<Streamed>(map.how)) {
    return widest;
  }
  const auto* convolved = std::get_if<Convolved>(&map.how);
  const std::int64_t rows = convolved == nullptr ? 1 : convolved->convolution.stride[0];
  for_each_source(map, {0, 1}, [&](const FeatureMap& source, RowRange /*rows*/) {
    widest = std::max(widest, widest_row(source, element) * static_cast<std::size_t>(rows));
  });
  return widest;
}

std::size_t row_bytes(const MapShape& shape, Element element) {
  return static_cast<std::size_t>(shape.width * shape.channels) *
         size_of(element_of(shape, element));
}

}  // namespace stylize::strips
