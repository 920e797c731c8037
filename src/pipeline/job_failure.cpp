#include "stylize/pipeline/job_failure.h"

#include <exception>
#include <new>
#include <opencv2/core.hpp>
#include <utility>

namespace stylize {
namespace {

JobFailure failure_of(const std::string& name, ErrorCode code, std::string message) {
  if (!message.starts_with(name)) {
    message = name + ": " + message;
  }
  return {code, std::move(message)};
}

JobFailure out_of_memory(const std::string& name, const std::string& remedy) {
  return failure_of(name, ErrorCode::kOutOfMemory,
                    "not enough memory for this picture (" + remedy + ")");
}

}  // namespace

std::optional<JobFailure> run_isolated(const std::string& name, const std::string& memory_remedy,
                                       const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return failure_of(name, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return out_of_memory(name, memory_remedy);
  } catch (const cv::Exception& exception) {
    return exception.code == cv::Error::StsNoMem
               ? out_of_memory(name, memory_remedy)
               : failure_of(name, ErrorCode::kInternal, exception.err);
  } catch (const std::exception& exception) {
    return failure_of(name, ErrorCode::kInternal, exception.what());
  }
  return std::nullopt;
}

}  // namespace stylize
