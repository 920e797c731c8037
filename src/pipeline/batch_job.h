// One job of a batch on its way through the stages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "stylize/core/memory_budget.h"
#include "stylize/pipeline/batch_runner.h"

namespace stylize {

// Everything that happens to one job, step by step. No step throws what is the job's own failure:
// it ends up in result(). One thread at a time.
class BatchJob {
 public:
  BatchJob(const Job& job, const BatchOptions& options);

  [[nodiscard]] const Job& job() const { return result_.job; }
  [[nodiscard]] const JobResult& result() const { return result_; }
  [[nodiscard]] bool failed() const { return result_.failure.has_value(); }
  [[nodiscard]] Stylizer::Work& work() const { return *work_; }

  // Whether there is nothing to draw: the job is skipped, up to date, or no picture and copied now.
  bool settle_without_drawing();

  // Bytes that the picture takes on its way, as its header says.
  [[nodiscard]] std::size_t memory_needed() const;

  // Keeps a share of the batch's memory until the job is gone.
  void hold(MemoryBudget::Share memory) { memory_ = std::move(memory); }

  // Decodes and prepares; false when that failed.
  bool load(const Stylizer& stylizer);

  // Finishes, encodes and writes what was drawn.
  void save(const Stylizer& stylizer);

 private:
  friend void draw(std::vector<BatchJob>& group, Stylizer& stylizer);

  template <typename Step>
  bool attempt(const Step& step);
  void find_key();
  bool skip_if_up_to_date();
  void put_out(const StyledPicture& styled);
  void copy_input(const StyledPicture& unchanged);
  void encode(const Image& image);
  void copy_file();
  void begin_output(std::uintmax_t size);
  void write_record();
  [[nodiscard]] std::filesystem::path temporary_folder() const;

  const BatchOptions* options_;
  JobResult result_;
  std::string key_;  // with resume; empty when the input cannot be read
  MemoryBudget::Share memory_;
  std::unique_ptr<Stylizer::Work> work_;
};

// Draws pictures that fit together in one run; should it fail, each alone, so that one bad picture
// fails alone.
void draw(std::vector<BatchJob>& group, Stylizer& stylizer);

}  // namespace stylize
