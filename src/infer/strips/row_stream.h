// Networks on a picture that passes by: of each map only those rows are in memory that are needed
// yet.
#pragma once

#include "feature_map.h"
#include "strip_runner.h"

namespace stylize::strips {

// Computes `result`, with the streamed maps below it, and writes its rows in bands from top to
// bottom, the rows of a band in any order. Takes at most `memory` bytes where bands of a few rows
// fit into them. Throws what StripRunner::evaluate throws.
void stream_rows(const FeatureMap& result, std::size_t memory, StripRunner& runner,
                 const WriteRows& write);

}  // namespace stylize::strips
