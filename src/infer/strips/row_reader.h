// Rows of a feature map, computed where they are needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "feature_map.h"
#include "row_kernels.h"
#include "row_needs.h"

namespace stylize::strips {

// Memory for rows, taken and given back in the order of a stack; kept for the next strip. One
// thread at a time.
class Scratch {
 public:
  // Holds its bytes until it goes, which must be in the reverse order.
  class Block {
   public:
    Block(Scratch& scratch, std::size_t bytes);
    ~Block();
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

    [[nodiscard]] std::byte* data() const noexcept { return data_; }

   private:
    Scratch& scratch_;
    std::byte* data_ = nullptr;
  };

 private:
  struct Deleter {
    void operator()(std::byte* bytes) const noexcept;
  };
  struct Piece {
    std::unique_ptr<std::byte, Deleter> bytes;
    std::size_t size = 0;
  };

  std::vector<Piece> pieces_;
  std::size_t used_ = 0;  // pieces
};

// What reading needs besides a map. Convolutions are computed along the way, with those rows above
// and below that they see.
struct RowTools {
  Element element;
  ConvolutionRunner& convolutions;
  Scratch& scratch;  // of this thread
};

// Writes `rows` of `map` to `to`, one behind the other; `stride` bytes from row to row, at least a
// row's size. Maps may be read by several threads. Throws c10::Error, std::bad_alloc.
void read_rows(const FeatureMap& map, RowRange rows, const RowTools& tools, std::byte* to,
               std::size_t stride);

// Bytes of one row.
std::size_t row_bytes(const MapShape& shape, Element element);

}  // namespace stylize::strips
