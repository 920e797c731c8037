// The reports of all shards in one.
#pragma once

#include <string>

namespace stylize::cli {

// `run.jsonl` of shard "2-of-4": "run.2-of-4.jsonl".
std::string shard_report_name(const std::string& report, const std::string& shard);

// Joins `<stem>.I-of-N<ending>` beside `report` into `report`: every input once, sorted, with one
// summary. Its total is that of all shards: what a finished one was to do, and what one without a
// summary got to. Of an input that several shards report, the best result counts. A shard that runs
// again begins its report anew: what the first attempt did is "skipped" there.
// Returns the exit code of the whole: kSomeFailed as well when shards are missing, which are named.
// Throws Error kUsage when there are no shards' reports or those of runs with different numbers of
// shards, kInputCorrupt for a file that is no report, kOutputUnwritable.
int merge_reports(const std::string& report);

}  // namespace stylize::cli
