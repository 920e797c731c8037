#include "stylize/infer/model_metadata.h"

#include <caffe2/serialize/inline_container.h>

#include "model_archive.h"
#include "stylize/core/error.h"
#include "torch_errors.h"

namespace stylize {

std::string read_model_metadata(const std::string& path) {
  constexpr const char* kRecord = "extra/stylize.json";
  const auto file = open_checked_archive(path);
  try {
    caffe2::serialize::PyTorchStreamReader reader(file);
    if (!reader.hasRecord(kRecord)) {
      return {};
    }
    const auto [data, size] = reader.getRecord(kRecord);
    return {static_cast<const char*>(data.get()), size};
  } catch (const std::exception& exception) {
    throw translate_torch_error(exception, ErrorCode::kModelInvalid, path,
                                "its description cannot be read");
  }
}

}  // namespace stylize
