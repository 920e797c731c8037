#include "stylize/media/make_folder.h"

#include <cerrno>
#include <system_error>

#include "stylize/core/error.h"

namespace stylize {

void make_folder(const std::filesystem::path& folder, std::string_view remedy) {
  if (folder.empty()) {
    return;
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) {
    return;
  }
  if (error.value() == ENOSPC || error.value() == EDQUOT) {
    throw Error(ErrorCode::kDiskFull, folder.string(), "cannot create the folder: the disk is full",
                "free some space");
  }
  throw Error(ErrorCode::kOutputUnwritable, folder.string(),
              "cannot create the folder: " + error.message(), remedy);
}

}  // namespace stylize
