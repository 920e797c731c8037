// A style that restyles aligned faces.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "stylize/face/alignment.h"
#include "stylize/infer/device.h"
#include "stylize/infer/precision.h"
#include "stylize/style/face_anchor.h"
#include "stylize/style/manifest.h"
#include "stylize/style/registry.h"

namespace stylize {

// What a style wants cut out of a photo: see align_face.
struct FaceCrop {
  AlignmentVariant variant = AlignmentVariant::kJojogan;
  int size = 0;
};

struct FaceStyleOptions {
  // 0..1. JoJoGAN: 1 is the style's generator, 0 the base generator's reconstruction of the face,
  // between them their weights are interpolated. BlendGAN: 1 is blend index 6, 0 the unstyled
  // reconstruction. Styles for whole pictures: mixed with the crop, pixel by pixel.
  double strength = 1.0;
  // BlendGAN: rows of W+ below it are the face's alone, the others blend face and style as learned;
  // 0 to 18. Overrides strength.
  std::optional<int> blend_index;
  // Fine texture (hair, pores) of generators drawn from this seed instead of as the file has it.
  std::optional<std::uint64_t> seed;
  // CV_8UC3 sRGB of any size: the picture to follow (BlendGAN); several: a clip goes from the first
  // to the last, see FaceStyle::move_to.
  std::vector<cv::Mat> references;
  std::string encoder;  // name or file of the encoder, instead of the manifest's
  std::string base;     // name or file of the base generator, instead of the manifest's
  // FaceStyle::batch of JoJoGAN and BlendGAN, 1 or more. Default: 8 on a GPU; 1 on the CPU, where
  // more were measured to gain nothing.
  std::optional<int> batch;
};

using FaceAnchors = std::span<FaceAnchor* const>;

// A loaded style for faces. One call at a time. The same crop, options, device and precision give
// the same bytes (on a GPU within 1 level), whatever other crops were made before.
class FaceStyle {
 public:
  virtual ~FaceStyle() = default;
  FaceStyle(const FaceStyle&) = delete;
  FaceStyle& operator=(const FaceStyle&) = delete;

  [[nodiscard]] const Manifest& manifest() const { return manifest_; }

  // How the crops that apply() takes have to be made.
  [[nodiscard]] const FaceCrop& crop() const { return crop_; }

  // How many crops apply() is best given at once: more take memory and no less time.
  [[nodiscard]] int batch() const { return batch_; }

  // Square CV_8UC3 crops of crop().size, sRGB, to styled ones in the same order: CV_8UC3, square,
  // of the network's own size. All go through the network together. In a clip each crop may come
  // with the anchor of its face, or null, as many as there are crops: a style that encodes faces
  // holds them to it. Throws Error kModelInvalid when the network fails, kOutOfMemory.
  virtual std::vector<cv::Mat> apply(const std::vector<cv::Mat>& crops, FaceAnchors anchors) = 0;
  std::vector<cv::Mat> apply(const std::vector<cv::Mat>& crops) { return apply(crops, {}); }

  // Where in its clip the next crops are, 0..1, for a style that moves from picture to picture.
  virtual void move_to(double /*position*/) {}

 protected:
  // Throws Error kModelInvalid when the manifest's crop is none that can be cut out.
  explicit FaceStyle(Manifest manifest, int batch = 1);

 private:
  Manifest manifest_;
  FaceCrop crop_;
  int batch_;
};

// The square that `manifest` asks for. Throws Error kModelInvalid when it is none that align_face
// makes, or the style is for whole pictures only.
FaceCrop face_crop(const Manifest& manifest);

// Whether open_face_style can run a style of this manifest.
bool runs_on_faces(const Manifest& manifest);

// Whether a style of this manifest draws as a picture that is given with it.
bool follows_picture(const Manifest& manifest);

// The model files that open_face_style would read, the style's own first. Throws Error
// kModelMissing as it does, and kUsage for a strength that needs a base generator where none is
// named.
std::vector<std::filesystem::path> face_style_files(const RegisteredStyle& style,
                                                    const Registry& registry,
                                                    const FaceStyleOptions& options);

// Loads a style with what it requires: the encoder, and the base generator where strength asks for
// it, by name from `registry` or as named in `options`. Hashes are checked. Throws Error kUsage for
// options that contradict the style (a BlendGAN style without reference; a reference, a blend
// index, an encoder or a base for a style that has no use for it), kModelMissing with the command
// that gets what is missing, kModelInvalid, and kOutOfMemory when it would not fit into the free
// memory.
std::unique_ptr<FaceStyle> open_face_style(const RegisteredStyle& style, const Registry& registry,
                                           const Device& device, Precision precision,
                                           const FaceStyleOptions& options);

}  // namespace stylize
