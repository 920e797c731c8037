// What commands ask of their jobs before they begin.
#pragma once

#include <vector>

#include "picture_options.h"

namespace stylize::cli {

// Throws Error kUsage where --dry-run is to make JSON.
void check_dry_run(const PictureOptions& options);

// --dry-run: a line a job on standard output.
void print_plan(const std::vector<Job>& jobs);

// Whether anything is left to be drawn.
bool has_work(const std::vector<Job>& jobs);

}  // namespace stylize::cli
