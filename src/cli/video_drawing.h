// One video from file to file.
#pragma once

#include <string>

#include "stylize/core/cancellation.h"
#include "stylize/pipeline/batch_runner.h"
#include "stylize/pipeline/stylizer.h"
#include "video_options.h"
#include "video_printer.h"

namespace stylize::cli {

// What all videos of a command share.
struct VideoTools {
  const VideoOptions& options;
  Stylizer& stylizer;
  const std::string& key;  // all that decides over the frames but the source
  int threads;
  VideoPrinter& printer;
  const CancellationToken& cancellation;
};

// Draws the job's video, or what an earlier run has left of it, and fills in what became of it.
// Throws Error; kInterrupted when it was stopped.
void draw_video(const VideoTools& tools, JobResult& result);

}  // namespace stylize::cli
