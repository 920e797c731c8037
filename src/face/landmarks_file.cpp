#include "stylize/face/landmarks_file.h"

#include <system_error>

#include "stylize/core/error.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFileName = "shape_predictor_68_face_landmarks.dat";
constexpr const char* kRemedy = "apt install libdlib-data, or --landmarks FILE";

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

}  // namespace

fs::path find_landmarks_file(const fs::path& user_choice,
                             const std::vector<fs::path>& model_folders) {
  if (!user_choice.empty()) {
    if (!is_file(user_choice)) {
      throw Error(ErrorCode::kModelMissing, user_choice.string(),
                  "cannot read the face landmark model: no such file", kRemedy);
    }
    return user_choice;
  }
  std::vector<fs::path> folders = model_folders;
  folders.insert(folders.end(), {"/usr/local/share/dlib", "/usr/share/dlib"});
  for (const fs::path& folder : folders) {
    if (is_file(folder / kFileName)) {
      return folder / kFileName;
    }
  }
  throw Error(ErrorCode::kModelMissing, kFileName, "the face landmark model is not installed",
              kRemedy);
}

}  // namespace stylize
