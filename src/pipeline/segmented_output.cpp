#include "stylize/pipeline/segmented_output.h"

#include <utility>

namespace stylize {

SegmentedOutput::SegmentedOutput(VideoState& state, std::filesystem::path output,
                                 const VideoReader& source, VideoWriteOptions options)
    : state_(state), output_(std::move(output)), source_(source), options_(std::move(options)) {}

void SegmentedOutput::write(const VideoFrame& frame, const StyleMemory& memory) {
  if (!writer_) {
    options_.size = frame.rgb.size();
    writer_.emplace(state_.next_segment(), output_, source_, options_);
  }
  writer_->write(frame);
  memory_ = memory;
  if (++in_segment_ == kFrames) {
    finish_segment();
  }
}

void SegmentedOutput::finish() {
  if (writer_) {
    finish_segment();
  }
}

void SegmentedOutput::finish_segment() {
  state_.keep_memory(memory_ ? memory_() : std::vector<std::byte>());
  writer_->finish();
  writer_.reset();
  state_.add_segment();
  in_segment_ = 0;
}

}  // namespace stylize
