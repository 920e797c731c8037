// Batches of tiny numbered pictures, and stylizers whose every step a test can watch and hold up.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <opencv2/core.hpp>
#include <vector>

#include "stylize/pipeline/batch_runner.h"
#include "temp_dir.h"

namespace stylize::test {

// Counts events of several threads, which can wait for them. Thread safe.
class Counter {
 public:
  void add(int events = 1);
  [[nodiscard]] int value() const;
  // Until there were so many.
  void wait_for(int events) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  int events_ = 0;
};

// What happens in each step, by the pictures' numbers; prepare and finish on any thread.
struct FakeSteps {
  std::function<void(int)> prepare = [](int) {};
  std::function<void(const std::vector<int>&)> run = [](const std::vector<int>&) {};
  std::function<void(int)> finish = [](int) {};
  int batch = 1;
  std::function<bool(int, int)> fit_together = [](int, int) { return true; };
};

// Draws nothing: the picture comes out as it went in.
std::unique_ptr<Stylizer> make_fake_stylizer(const FakeSteps& steps);

// Pictures 0, 1, ... in a folder, which become files of the same names in the folder out beside it.
struct NumberedBatch {
  TempDir dir;
  std::vector<Job> jobs;
  BatchOptions options;
  CancellationToken cancellation;
  FakeSteps steps;
  std::function<void(int)> on_start = [](int) {};
  std::function<void(const JobResult&)> on_result = [](const JobResult&) {};
  std::vector<JobResult> results;  // in the order of their ends

  explicit NumberedBatch(int count, cv::Size size = {8, 6});

  // With so many networks at work at once.
  BatchSummary run(int networks = 1);

  // Makes the input of a job no picture.
  void spoil(int number) const;

  // How often a job was reported, and whether its output is a whole picture of its own.
  [[nodiscard]] int reports(int number) const;
  [[nodiscard]] const JobResult& result(int number) const;
  [[nodiscard]] bool is_saved(int number) const;

  // Whether the output folder holds the outputs of jobs that are done and nothing else.
  [[nodiscard]] bool is_tidy() const;
};

}  // namespace stylize::test
