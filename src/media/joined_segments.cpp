#include "joined_segments.h"

#include <utility>

#include "stylize/core/error.h"

namespace stylize {

JoinedSegments::JoinedSegments(const std::vector<std::filesystem::path>& paths) : paths_(paths) {
  advance();
}

PacketPtr JoinedSegments::take() {
  ++taken_;
  PacketPtr taken = std::move(packet_);
  advance();
  return taken;
}

void JoinedSegments::advance() {
  while (!packet_) {
    if (!reader_) {
      if (opened_ == paths_.size()) {
        return;
      }
      reader_.emplace(paths_[opened_++]);
      check_size();
    }
    packet_ = reader_->next();
    if (!packet_) {
      reader_.reset();
    }
  }
}

void JoinedSegments::check_size() {
  size_ = size_.empty() ? reader_->size() : size_;
  if (reader_->size() != size_) {
    throw Error(ErrorCode::kInternal, paths_[opened_ - 1].string(),
                "its frames have another size than those before");
  }
}

}  // namespace stylize
