// What becomes of a picture in which a style for faces finds none.
#pragma once

#include <functional>
#include <string_view>

#include "stylize/pipeline/batch_runner.h"
#include "stylize/pipeline/face_stylizer.h"

namespace stylize {

enum class NoFace {
  kWhole,  // the style is applied to the whole picture
  kCopy,   // the picture is written as it is
  kSkip,   // nothing is written
  kFail,   // an error
};

// "whole", "copy", "skip", "fail"; throws Error kUsage otherwise.
NoFace parse_no_face(std::string_view text);

// Restyles the faces of a picture, or does with it what `policy` says when it has none. `whole` is
// called for kWhole alone. Throws what they throw, and Error kNoFace for kFail.
StyledPicture stylize_faces(FaceStylizer& stylizer, NoFace policy,
                            const std::function<Image(Image)>& whole, Image image);

}  // namespace stylize
