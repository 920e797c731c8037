// stylize video --preview N
#pragma once

#include <string>
#include <vector>

#include "video_drawing.h"

namespace stylize::cli {

// Where the contact sheets go: <name>.<style>.preview.jpg, or what -o says. Throws Error kUsage
// also for options that are of whole videos alone.
std::vector<Job> plan_previews(const VideoOptions& options, const std::string& style_name);

// Draws a few frames of the job's video, spread over it, and writes them as one picture. Fills in
// what became of it. Throws Error; kInterrupted when it was stopped.
void draw_preview(const VideoTools& tools, JobResult& result);

}  // namespace stylize::cli
