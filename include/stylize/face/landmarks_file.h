// Where the model of the 68 face landmarks lies.
#pragma once

#include <filesystem>
#include <vector>

namespace stylize {

// The model file: `user_choice` (--landmarks; may be empty) and nothing else when it is given, else
// the first shape_predictor_68_face_landmarks.dat in `model_folders`, /usr/local/share/dlib and
// /usr/share/dlib (Debian's libdlib-data). Only looks whether the file is there; FaceDetector reads
// it. Throws Error kModelMissing. Thread safe.
std::filesystem::path find_landmarks_file(const std::filesystem::path& user_choice,
                                          const std::vector<std::filesystem::path>& model_folders);

}  // namespace stylize
