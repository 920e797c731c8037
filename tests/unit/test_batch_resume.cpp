// A batch that goes on where an earlier one stopped.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fake_batch.h"
#include "pictures.h"
#include "stylize/core/error.h"
#include "stylize/pipeline/run_history.h"
#include "stylize/pipeline/run_journal.h"
#include "watchdog.h"

using namespace stylize;
using namespace stylize::test;

namespace {

namespace fs = std::filesystem;

struct ResumedBatch : NumberedBatch {
  std::atomic<int> drawn{0};
  std::string parameters = "style";
  bool redo = false;

  explicit ResumedBatch(int count) : NumberedBatch(count) {
    options.threads = {.load = 2, .save = 2};
    steps.run = [this](const std::vector<int>& numbers) {
      drawn += static_cast<int>(numbers.size());
    };
  }

  [[nodiscard]] fs::path output() const { return dir.path() / "out"; }

  // As a command would: what the history calls its own is replaced.
  BatchSummary run_again() {
    results.clear();
    drawn = 0;
    const RunHistory history(output());
    for (Job& job : jobs) {
      job.overwrite = history.is_own_output(job.id, job.output_id);
    }
    RunJournal journal(output(), "");
    options.resume =
        Resume{.history = &history, .journal = &journal, .parameters = parameters, .redo = redo};
    const BatchSummary summary = run();
    options.resume.reset();
    return summary;
  }
};

}  // namespace

TEST_CASE("a second run does nothing", "[pipeline]") {
  ResumedBatch batch(12);
  CHECK(batch.run_again().done == 12);
  CHECK(batch.drawn == 12);
  const auto written = fs::last_write_time(batch.output() / "3.png");
  const BatchSummary second = batch.run_again();
  CHECK(second.skipped == 12);
  CHECK(batch.drawn == 0);
  CHECK(batch.result(3).note == "up to date");
  CHECK(batch.result(3).width == 8);
  CHECK(batch.result(3).height == 6);
  CHECK(fs::last_write_time(batch.output() / "3.png") == written);
}

TEST_CASE("just what is missing or changed is drawn again", "[pipeline]") {
  ResumedBatch batch(12);
  batch.run_again();
  SECTION("an output that is gone") { fs::remove(batch.output() / "5.png"); }
  SECTION("an input with other content") {
    save_picture(batch.jobs[5].input.string(), cv::Mat(6, 8, CV_8UC3, cv::Scalar(0, 5, 99)));
  }
  const BatchSummary second = batch.run_again();
  CHECK(second.done == 1);
  CHECK(second.skipped == 11);
  CHECK(batch.drawn == 1);
  CHECK(batch.result(5).status == JobStatus::kDone);
  CHECK(batch.is_saved(5));
}

TEST_CASE("an input that was only touched is up to date", "[pipeline]") {
  ResumedBatch batch(3);
  batch.run_again();
  fs::last_write_time(batch.jobs[1].input, fs::file_time_type::clock::now());
  CHECK(batch.run_again().skipped == 3);
}

TEST_CASE("other parameters draw everything again, and the old ones once more", "[pipeline]") {
  ResumedBatch batch(4);
  batch.run_again();
  for (const char* parameters : {"other", "style"}) {
    batch.parameters = parameters;
    CHECK(batch.run_again().done == 4);
    CHECK(batch.run_again().skipped == 4);
  }
}

TEST_CASE("to redo draws what is up to date, too", "[pipeline]") {
  ResumedBatch batch(4);
  batch.run_again();
  batch.redo = true;
  CHECK(batch.run_again().done == 4);
  batch.redo = false;
  CHECK(batch.run_again().skipped == 4);
}

TEST_CASE("what failed or was not begun is tried again", "[pipeline]") {
  const Watchdog watchdog;
  ResumedBatch batch(10);
  const std::string good = read_file(batch.jobs[4].input);
  batch.spoil(4);
  CHECK(batch.run_again().failed == 1);
  CHECK(batch.run_again().failed == 1);
  write_file(batch.jobs[4].input, good);
  const BatchSummary mended = batch.run_again();
  CHECK(mended.done == 1);
  CHECK(mended.skipped == 9);

  ResumedBatch stopped(30);
  stopped.on_result = [&](const JobResult&) { stopped.cancellation.cancel(); };
  const BatchSummary first = stopped.run_again();
  CHECK(first.done < 30);
  stopped.on_result = [](const JobResult&) {};
  stopped.cancellation = {};
  const BatchSummary rest = stopped.run_again();
  CHECK(rest.skipped == first.done);
  CHECK(rest.done == 30 - first.done);
}

TEST_CASE("a stranger's file that appears meanwhile is not replaced, now or later", "[pipeline]") {
  ResumedBatch batch(2);
  batch.steps.finish = [&](int number) {
    if (number == 1 && !fs::exists(batch.output() / "1.png")) {
      write_file(batch.output() / "1.png", "somebody's");
    }
  };
  CHECK(batch.run_again().failed == 1);
  CHECK(batch.result(1).failure->code == ErrorCode::kOutputExists);
  CHECK_FALSE(RunHistory(batch.output()).is_own_output("1.png", "1.png"));
  CHECK(batch.run_again().failed == 1);
  CHECK(read_file(batch.output() / "1.png") == "somebody's");
}

TEST_CASE("copies are kept up to date like pictures", "[pipeline]") {
  ResumedBatch batch(2);
  batch.jobs[1].copy = true;
  write_file(batch.jobs[1].input, "notes");
  CHECK(batch.run_again().copied == 1);
  batch.parameters = "other";  // which a copy does not depend on
  CHECK(batch.run_again().skipped == 1);
  write_file(batch.jobs[1].input, "more notes");
  const BatchSummary changed = batch.run_again();
  CHECK(changed.copied == 1);
  CHECK(read_file(batch.output() / "1.png") == "more notes");
}

TEST_CASE("unfinished files lie in the folder for them, which goes with the run", "[pipeline]") {
  ResumedBatch batch(6);
  CHECK(batch.run_again().done == 6);
  std::vector<std::string> left;
  for (const auto& entry : fs::recursive_directory_iterator(batch.output())) {
    if (entry.path().extension() != ".png") {
      left.push_back(entry.path().filename().string());
    }
  }
  std::sort(left.begin(), left.end());
  CHECK(left == std::vector<std::string>{".stylize", "done.jsonl"});
}
