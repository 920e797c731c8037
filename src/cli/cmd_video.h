// stylize video
#pragma once

#include "declared_command.h"
#include "video_options.h"

namespace stylize::cli {

DeclaredCommand video_command();

// Runs what the options say. Returns the exit code; throws Error before anything was started.
int run_videos(VideoOptions options);

}  // namespace stylize::cli
