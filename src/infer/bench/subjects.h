// What the benchmark worker can time.
#pragma once

#include <memory>

#include "stylize/infer/device.h"
#include "stylize/infer/precision.h"
#include "worker_options.h"

namespace stylize::bench {

// A network with its input, ready to be timed. Not for several threads at once.
class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;

  // One forward, from numbers in memory to numbers in memory. Throws Error.
  virtual void run() = 0;
};

// FrameNetwork on one picture size, or one method of a TensorNetwork when the options name one.
// Random inputs, always the same ones: the time of a convolution does not depend on them. Throws
// Error when the model or the input file cannot be read.
std::unique_ptr<Subject> open_subject(const WorkerOptions& options, const Device& device,
                                      Precision precision);

}  // namespace stylize::bench
