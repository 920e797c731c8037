#include "stylize/pipeline/no_face.h"

#include <string>
#include <utility>

#include "stylize/core/error.h"

namespace stylize {

NoFace parse_no_face(std::string_view text) {
  if (text == "whole") return NoFace::kWhole;
  if (text == "copy") return NoFace::kCopy;
  if (text == "skip") return NoFace::kSkip;
  if (text == "fail") return NoFace::kFail;
  throw Error(ErrorCode::kUsage, "--on-no-face " + std::string(text), "unknown",
              "choose whole, copy, skip or fail");
}

StyledPicture stylize_faces(FaceStylizer& stylizer, NoFace policy,
                            const std::function<Image(Image)>& whole, Image image) {
  FaceResult result = stylizer.stylize(std::move(image));
  if (result.faces.empty() && policy == NoFace::kWhole) {
    StyledPicture styled = whole(std::move(result.image));
    styled.detect_ms = result.detect_ms;
    return styled;
  }
  StyledPicture styled = std::move(result.image);
  styled.detect_ms = result.detect_ms;
  styled.faces = std::move(result.faces);
  if (!styled.faces.empty()) {
    return styled;
  }
  if (policy == NoFace::kFail) {
    throw Error(ErrorCode::kNoFace, {}, "no face was found",
                "--on-no-face copy or skip goes on without");
  }
  styled.kind =
      policy == NoFace::kCopy ? StyledPicture::Kind::kUnchanged : StyledPicture::Kind::kNothing;
  styled.note = "no face was found";
  return styled;
}

}  // namespace stylize
