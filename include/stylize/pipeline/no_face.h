// What becomes of a picture in which a style for faces finds none.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "stylize/pipeline/face_stylizer.h"
#include "stylize/pipeline/stylizer.h"

namespace stylize {

enum class NoFace {
  kWhole,  // the style is applied to the whole picture
  kCopy,   // the picture is written as it is
  kSkip,   // nothing is written
  kFail,   // an error
};

// "whole", "copy", "skip", "fail"; throws Error kUsage otherwise.
NoFace parse_no_face(std::string_view text);

// Restyles the faces of pictures, or does with those that have none what a policy says.
class FacePolicyStylizer : public Stylizer {
 public:
  // `whole` is for kWhole alone, else null.
  FacePolicyStylizer(std::unique_ptr<FaceStylizer> faces, NoFace policy,
                     std::unique_ptr<Stylizer> whole);

  // Also throws Error kNoFace, for kFail.
  [[nodiscard]] std::unique_ptr<Work> prepare(Image image) const override;
  [[nodiscard]] int batch() const override { return faces_->batch(); }
  [[nodiscard]] bool fit_together(const Work& left, const Work& right) const override;
  void run(Works works) override;
  void recall(std::span<const std::byte> memory) override;
  [[nodiscard]] StyledPicture finish(std::unique_ptr<Work> work) const override;

 private:
  struct Picture;

  std::unique_ptr<FaceStylizer> faces_;
  NoFace policy_;
  std::unique_ptr<Stylizer> whole_;
};

}  // namespace stylize
