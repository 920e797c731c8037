// The reports of all shards in one.
#pragma once

#include <string>

namespace stylize::cli {

// `run.jsonl` of shard "2-of-4": "run.2-of-4.jsonl".
std::string shard_report_name(const std::string& report, const std::string& shard);

// Joins `<stem>.I-of-N<ending>` beside `report` into `report`: every input once, sorted, with one
// summary. Where a task ran twice, what was done counts, not that the second run found it done.
// Returns the exit code of the whole: kSomeFailed as well when shards are missing, which are named.
// Throws Error kUsage when there are no shards' reports or those of runs with different numbers of
// shards, kInputCorrupt for a file that is no report, kOutputUnwritable.
int merge_reports(const std::string& report);

}  // namespace stylize::cli
