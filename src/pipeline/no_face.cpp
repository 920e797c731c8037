#include "stylize/pipeline/no_face.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

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

struct FacePolicyStylizer::Picture : Work {
  std::unique_ptr<Work> faces;
  std::unique_ptr<Work> whole;  // is drawn instead, where there are none
};

FacePolicyStylizer::FacePolicyStylizer(std::unique_ptr<FaceStylizer> faces, NoFace policy,
                                       std::unique_ptr<Stylizer> whole)
    : faces_(std::move(faces)), policy_(policy), whole_(std::move(whole)) {}

std::unique_ptr<Stylizer::Work> FacePolicyStylizer::prepare(Image image) const {
  auto picture = std::make_unique<Picture>();
  picture->faces = faces_->prepare(std::move(image));
  if (FaceStylizer::has_faces(*picture->faces)) {
    return picture;
  }
  if (policy_ == NoFace::kFail) {
    throw Error(ErrorCode::kNoFace, {}, "no face was found",
                "--on-no-face copy or skip goes on without");
  }
  if (policy_ == NoFace::kWhole) {
    picture->whole = whole_->prepare(FaceStylizer::image_of(*picture->faces));
  }
  return picture;
}

bool FacePolicyStylizer::fit_together(const Work& left, const Work& right) const {
  const auto& first = static_cast<const Picture&>(left);
  const auto& second = static_cast<const Picture&>(right);
  return !first.whole && !second.whole && faces_->fit_together(*first.faces, *second.faces);
}

void FacePolicyStylizer::run(Works works) {
  std::vector<Work*> faces;
  for (Work* work : works) {
    auto& picture = static_cast<Picture&>(*work);
    if (picture.whole) {
      const std::array<Work*, 1> alone{picture.whole.get()};
      whole_->run(alone);
    }
    // Also one without faces: those of a clip are followed over it.
    picture.faces->position = picture.position;
    faces.push_back(picture.faces.get());
  }
  faces_->run(faces);
  for (Work* work : works) {
    work->memory = static_cast<Picture&>(*work).faces->memory;
  }
}

void FacePolicyStylizer::recall(std::span<const std::byte> memory) { faces_->recall(memory); }

StyledPicture FacePolicyStylizer::finish(std::unique_ptr<Work> work) const {
  auto& picture = static_cast<Picture&>(*work);
  if (picture.whole) {
    StyledPicture styled = whole_->finish(std::move(picture.whole));
    styled.detect_ms = faces_->finish(std::move(picture.faces)).detect_ms;
    return styled;
  }
  StyledPicture styled = faces_->finish(std::move(picture.faces));
  if (styled.faces.empty()) {
    styled.kind =
        policy_ == NoFace::kCopy ? StyledPicture::Kind::kUnchanged : StyledPicture::Kind::kNothing;
    styled.note = "no face was found";
  }
  return styled;
}

}  // namespace stylize
