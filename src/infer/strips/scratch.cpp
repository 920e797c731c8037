#include "scratch.h"

#include <new>

namespace stylize::strips {
namespace {

constexpr std::align_val_t kAlignment{64};  // a cache line, a vector

}  // namespace

void Scratch::Deleter::operator()(std::byte* bytes) const noexcept {
  ::operator delete(bytes, kAlignment);
}

std::byte* Scratch::Piece::grow(std::size_t wanted) {
  if (size < wanted) {
    bytes.reset();
    size = 0;
    bytes.reset(static_cast<std::byte*>(::operator new(wanted + kScratchRoom, kAlignment)));
    size = wanted;
  }
  return bytes.get();
}

Scratch::Block::Block(Scratch& scratch, std::size_t bytes) : scratch_(scratch) {
  if (scratch.used_ == scratch.pieces_.size()) {
    scratch.pieces_.emplace_back();
  }
  data_ = scratch.pieces_[scratch.used_].grow(bytes);
  ++scratch.used_;
}

std::byte* Scratch::keep(std::size_t index, std::size_t bytes) {
  if (index >= kept_.size()) {
    kept_.resize(index + 1);
  }
  return kept_[index].grow(bytes);
}

Scratch::Block::~Block() { --scratch_.used_; }

}  // namespace stylize::strips
