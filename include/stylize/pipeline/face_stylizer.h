// Pictures, their faces styled.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "stylize/face/alignment.h"
#include "stylize/face/face.h"
#include "stylize/face/face_detector.h"
#include "stylize/face/face_mask.h"
#include "stylize/media/color_management.h"
#include "stylize/media/image.h"
#include "stylize/pipeline/stylizer.h"
#include "stylize/style/face_style.h"

namespace stylize {

class FaceTracker;  // private to this layer

struct FaceOptions {
  std::optional<int> most_faces;  // so many at most, the largest first; empty: all
  MaskShape mask = MaskShape::kHead;
  bool paste = true;         // else the styled crops beside each other, the largest first
  bool keep_colors = false;  // hue of the photo, light and line of the style
  bool compare = false;      // input and result side by side; without paste: crops and styled ones
  std::optional<int> max_size;  // long side of the output
  // The pictures are the frames of a clip: faces are followed from one to the next, see
  // FaceTracker. Then prepare() takes them in their order, from one thread.
  bool tracks = false;
};

// The faces in a CV_8UC3 RGB picture, the largest first. Thread safe.
using FindFaces = std::function<std::vector<Face>(const cv::Mat& rgb8)>;

// Copies of `detector`, as many as threads look at once.
FindFaces shared_detector(FaceDetector detector);

// Finds the faces of pictures, restyles them and puts them back. Strength is the style's own matter
// (FaceStyleOptions).
class FaceStylizer : public Stylizer {
 public:
  FaceStylizer(std::unique_ptr<FaceStyle> style, FindFaces find_faces, FaceOptions options);
  ~FaceStylizer() override;

  [[nodiscard]] const FaceStyle& style() const { return *style_; }

  // Keeps everything of `image` but its faces: pixels outside their masks stay bit for bit, 8 or 16
  // bit. Faces are looked for and drawn in sRGB, at the picture's full size; what was drawn returns
  // to the picture's colour space; max_size comes last. Without paste the result has no alpha. When
  // there is no face the image comes back untouched, whatever the options, and `faces` is empty;
  // else they are those that were styled, the largest first, in pixels of the input. Memory grows
  // with the picture and, when pasted, not with the number of faces. Throws what FaceStyle::apply
  // and ColorConverter throw; kOutOfMemory when not even one face can be drawn.
  StyledPicture stylize(Image image);

  // The same in steps: to sRGB, and where the faces are; the network, and back into the picture;
  // its final form. The faces of all pictures of a run are drawn FaceStyle::batch at a time; fewer
  // from then on when that takes more memory than there is.
  [[nodiscard]] std::unique_ptr<Work> prepare(Image image) const override;
  [[nodiscard]] int batch() const override { return style_->batch(); }
  [[nodiscard]] bool fit_together(const Work& left, const Work& right) const override;
  void run(Works works) override;
  void recall(std::span<const std::byte> memory) override;
  [[nodiscard]] StyledPicture finish(std::unique_ptr<Work> work) const override;

  // Whether a prepared picture has any.
  static bool has_faces(const Work& work);

  // The picture that was prepared.
  static Image image_of(const Work& work);

 private:
  struct Drawable;
  struct Photo;
  struct Place;
  struct Drawn;
  std::vector<cv::Mat> apply(const std::vector<cv::Mat>& crops, FaceAnchors anchors);
  void draw(std::span<const Place> places);
  FaceAnchor* anchor_of(const Place& place);
  void remember(Photo& photo);
  [[nodiscard]] Drawn finish_crop(const AlignedFace& aligned, const cv::Mat& styled,
                                  const ColorConverter& converter) const;
  void take(const Place& place, Drawn drawn);
  void put_in_paste_order(std::span<Place> places) const;
  [[nodiscard]] cv::Mat strip(const Photo& photo) const;
  void warn_if_coarse(const CropTransform& transform);

  std::unique_ptr<FaceStyle> style_;
  FindFaces find_faces_;
  FaceOptions options_;
  std::size_t batch_;                     // faces at a time
  std::unique_ptr<FaceTracker> tracker_;  // null: pictures stand alone
  std::map<int, FaceAnchor> anchors_;     // by track
  bool warned_ = false;
};

// What a style that follows a picture should see of it: the largest face, cut out as `crop` says,
// since it was trained on aligned faces; the whole picture where none is found. CV_8UC3 sRGB.
cv::Mat reference_view(const cv::Mat& rgb8, const FindFaces& find_faces, const FaceCrop& crop);

}  // namespace stylize
