#include "row_reader.h"

#include <ATen/ops/from_blob.h>
#include <algorithm>

#include <cstring>
#include <new>

namespace stylize::strips {
namespace {

constexpr std::align_val_t kAlignment{64};  // a cache line, a vector

// Rows that lie in memory already, or were computed into a scratch block.
struct Rows {
  const std::byte* data = nullptr;
  std::size_t stride = 0;
  std::int64_t first = 0;

  [[nodiscard]] const std::byte* row(std::int64_t y) const {
    return data + static_cast<std::size_t>(y - first) * stride;
  }
};

class RowReader {
 public:
  explicit RowReader(const RowTools& tools)
      : element_(tools.element), kernels_(row_kernels(tools.element)), tools_(tools) {}

  void read(const FeatureMap& map, RowRange rows, std::byte* to, std::size_t stride) {
    std::visit([&, this](const auto& how) { this->read_how(map, how, rows, to, stride); }, map.how);
  }

  void convolve(const FeatureMap& map, const Convolved& convolved, RowRange rows, std::byte* to) {
    const MapShape& from = convolved.padded->shape;
    const RowRange needed = rows_seen(convolved.convolution, rows);
    with_rows(*convolved.padded, needed, [&](const Rows& source) {
      // Strips are written, too, but this one is only read.
      auto* const data = const_cast<std::byte*>(source.row(needed.first));
      tools_.convolutions.run(
          {data, {from.channels, needed.count(), from.width}}, convolved.convolution,
          {to, {map.shape.channels, rows.count(), map.shape.width}}, tools_.scratch);
    });
  }

 private:
  // Calls `use` with these rows, without a copy where they are in memory.
  template <typename Use>
  void with_rows(const FeatureMap& map, RowRange rows, const Use& use) {
    const std::size_t stride = row_bytes(map.shape, element_);
    if (const at::Tensor* values = stored_values(map)) {
      const auto* data = static_cast<const std::byte*>(values->const_data_ptr());
      use(Rows{data, stride, 0});
      return;
    }
    if (const auto* streamed = std::get_if<Streamed>(&map.how)) {
      const RowWindow& window = *streamed->window;
      const auto* data = static_cast<const std::byte*>(window.memory.const_data_ptr());
      use(Rows{data, stride, window.first});
      return;
    }
    const Scratch::Block block(tools_.scratch, stride * static_cast<std::size_t>(rows.count()));
    read(map, rows, block.data(), stride);
    use(Rows{block.data(), stride, rows.first});
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
    if (element_ == Element::kFloat && stride == row_bytes(map.shape, element_)) {
      given.read(rows.first, rows.count(), reinterpret_cast<float*>(to));
      return;
    }
    const auto values =
        static_cast<std::size_t>(rows.count()) * row_bytes(map.shape, Element::kFloat);
    const Scratch::Block block(tools_.scratch, values);
    given.read(rows.first, rows.count(), reinterpret_cast<float*>(block.data()));
    const MapShape shape{map.shape.channels, rows.count(), map.shape.width};
    strided(shape, to, stride).copy_(tensor_of({block.data(), shape}, Element::kFloat));
  }

  void read_how(const FeatureMap& map, const Pointwise& pointwise, RowRange rows, std::byte* to,
                std::size_t stride) {
    with_rows(*pointwise.source, rows, [&](const Rows& from) {
      const MapShape shape{map.shape.channels, rows.count(), map.shape.width};
      // What it is told to compute leaves what it reads alone.
      auto* const data = const_cast<std::byte*>(from.row(rows.first));
      strided(shape, to, stride).copy_(pointwise.of(tensor_of({data, shape}, element_)));
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
        kernels_.activate(from.row(y), to, width, channels, activated.scale.data(),
                          activated.shift.data(), activated.slope);
      }
    });
  }

  void read_how(const FeatureMap& map, const Added& added, RowRange rows, std::byte* to,
                std::size_t stride) {
    read(*added.first, rows, to, stride);
    const auto values = static_cast<std::size_t>(map.shape.width * map.shape.channels);
    with_rows(*added.second, rows, [&](const Rows& from) {
      for (std::int64_t y = rows.first; y < rows.last; ++y, to += stride) {
        kernels_.add(from.row(y), to, values);
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
        kernels_.resize(source.row(sample.first), source.row(sample.second), sample.weight, columns,
                        to, static_cast<std::size_t>(map.shape.width),
                        static_cast<std::size_t>(map.shape.channels));
      }
    });
  }

  void read_how(const FeatureMap& map, const Padded& padded, RowRange rows, std::byte* to,
                std::size_t stride);

  void read_how(const FeatureMap& map, const Convolved& convolved, RowRange rows, std::byte* to,
                std::size_t stride) {
    const std::size_t bytes = row_bytes(map.shape, element_);
    if (stride == bytes) {
      convolve(map, convolved, rows, to);
      return;
    }
    const Scratch::Block block(tools_.scratch, bytes * static_cast<std::size_t>(rows.count()));
    convolve(map, convolved, rows, block.data());
    const std::byte* from = block.data();
    for (std::int64_t y = rows.first; y < rows.last; ++y, to += stride, from += bytes) {
      std::memcpy(to, from, bytes);
    }
  }

  // Rows that are `stride` bytes apart.
  [[nodiscard]] at::Tensor strided(const MapShape& shape, std::byte* to, std::size_t stride) const {
    const auto apart = static_cast<std::int64_t>(stride / size_of(element_));
    return at::from_blob(to, {1, shape.channels, shape.height, shape.width},
                         {shape.height * apart, 1, apart, shape.channels}, type_of(element_));
  }

  void pad_sides(const Padded& padded, std::byte* row) const;

  Element element_;
  const RowKernels& kernels_;
  const RowTools& tools_;
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

}  // namespace

void Scratch::Deleter::operator()(std::byte* bytes) const noexcept {
  ::operator delete(bytes, kAlignment);
}

Scratch::Block::Block(Scratch& scratch, std::size_t bytes) : scratch_(scratch) {
  if (scratch.used_ == scratch.pieces_.size()) {
    scratch.pieces_.emplace_back();
  }
  Piece& piece = scratch.pieces_[scratch.used_];
  if (piece.size < bytes) {
    piece.bytes.reset();
    piece.size = 0;
    piece.bytes.reset(static_cast<std::byte*>(::operator new(bytes, kAlignment)));
    piece.size = bytes;
  }
  data_ = piece.bytes.get();
  ++scratch.used_;
}

Scratch::Block::~Block() { --scratch_.used_; }

void read_rows(const FeatureMap& map, RowRange rows, const RowTools& tools, std::byte* to,
               std::size_t stride) {
  RowReader(tools).read(map, rows, to, stride);
}

std::size_t row_bytes(const MapShape& shape, Element element) {
  return static_cast<std::size_t>(shape.width * shape.channels) * size_of(element);
}

}  // namespace stylize::strips
