// Memory of one thread for rows on their way.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace stylize::strips {

// Bytes behind a block that may be read, too; anything may be in them.
inline constexpr std::size_t kScratchRoom = 64U << 10U;

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

  // Memory beside the stack, the same for the same `index` where it is large enough.
  std::byte* keep(std::size_t index, std::size_t bytes);

 private:
  struct Deleter {
    void operator()(std::byte* bytes) const noexcept;
  };
  struct Piece {
    std::unique_ptr<std::byte, Deleter> bytes;
    std::size_t size = 0;

    std::byte* grow(std::size_t wanted);  // what is in it is lost
  };

  std::vector<Piece> pieces_;
  std::vector<Piece> kept_;
  std::size_t used_ = 0;  // pieces
};

}  // namespace stylize::strips
