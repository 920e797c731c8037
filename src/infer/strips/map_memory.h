// Memory of feature maps.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <filesystem>
#include <memory>

#include "convolution.h"

namespace stylize::strips {

// Maps are few and large, and their sizes differ: on the heap they leave gaps that none of the next
// ones fits into. Here each has pages of its own, which the next ones take over. Above a limit they
// are pages of a temporary file, of which only those that are being worked on are in memory. Thread
// safe.
class MapMemory {
 public:
  MapMemory();

  // From here on maps hold at most `most` bytes of memory. Those that find no room lie in files of
  // `folder` that have no name and vanish with them.
  void limit(std::size_t most, const std::filesystem::path& folder);

  // [1, channels, height, width], channels-last, with whatever was there before. May outlive this
  // object. Throws std::bad_alloc, Error kDiskFull where the folder has no room for a map either,
  // kOutputUnwritable.
  at::Tensor make(const MapShape& shape, Element own);

  // Bytes of memory that the next maps take over.
  [[nodiscard]] std::size_t free() const;

  // Gives the system back what is free, but for a gigabyte that the next picture will want.
  void end_run();

  // Lets the system write what lies in files, and take its pages back. Others may go on reading and
  // writing meanwhile. Worth a call whenever some megabytes were read or written.
  void let_go();

  // Bytes that lay in files at most since this was asked last.
  std::size_t take_most_in_files();

 private:
  class Pages;

  std::shared_ptr<Pages> pages_;
};

}  // namespace stylize::strips
