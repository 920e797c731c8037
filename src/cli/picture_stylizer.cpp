#include "picture_stylizer.h"

#include <memory>
#include <utility>

#include "stylize/core/error.h"
#include "stylize/face/landmarks_file.h"
#include "stylize/infer/model_metadata.h"
#include "stylize/media/color_management.h"
#include "stylize/media/image_io.h"
#include "stylize/pipeline/frame_stylizer.h"
#include "stylize/pipeline/no_face.h"
#include "stylize/style/model_locations.h"

namespace stylize::cli {
namespace {

FrameStyle load_frame_style(const StyleChoice& style, const ComputeChoice& compute) {
  if (style.registered) {
    return {*style.registered, compute.device, compute.precision};
  }
  return {style.file, compute.device, compute.precision};
}

// The style of a file by its own description; without one, it is for whole pictures.
RegisteredStyle described(const StyleChoice& style) {
  if (style.registered) {
    return *style.registered;
  }
  RegisteredStyle described;
  described.model_path = style.file;
  described.manifest.name = style.name;
  if (const std::string text = read_model_metadata(style.file.string()); !text.empty()) {
    described.manifest = parse_manifest(text, style.file.string());
  }
  return described;
}

FaceStyleOptions style_options(const ImageOptions& options, const Manifest& manifest,
                               FaceDetector& detector) {
  FaceStyleOptions face{.strength = options.strength,
                        .blend_index = options.face.blend_index,
                        .seed = options.face.seed,
                        .reference = {},
                        .encoder = options.face.encoder,
                        .base = options.face.base,
                        .batch = {}};
  if (!options.face.reference.empty()) {
    const Image image = read_image(options.face.reference);
    cv::Mat srgb = ColorConverter(image.icc).to_srgb(image.rgb);
    if (srgb.depth() == CV_16U) {
      srgb.convertTo(srgb, CV_8U, 255.0 / 65535.0);
    }
    face.reference = reference_view(
        srgb, [&detector](const cv::Mat& rgb) { return detector.detect(rgb); },
        face_crop(manifest));
  }
  return face;
}

StylizeFunction make_frame_function(const StyleChoice& style, const ComputeChoice& compute,
                                    const ImageOptions& options) {
  auto stylizer =
      std::make_shared<FrameStylizer>(load_frame_style(style, compute), frame_options(options));
  check_licence(stylizer->style().manifest(), options.commercial_only);
  return [stylizer](Image image) { return stylizer->stylize(std::move(image)); };
}

StylizeFunction make_face_function(const StyleChoice& choice, const RegisteredStyle& style,
                                   const ComputeChoice& compute, const ImageOptions& options) {
  check_licence(style.manifest, options.commercial_only);
  const NoFace no_face = no_face_policy(options.face);
  FaceOptions face = face_options(options.face);
  face.keep_colors = options.keep_colors;
  face.compare = options.compare;
  face.max_size = options.max_size;
  StylizeFunction whole;
  if (no_face == NoFace::kWhole) {
    if (style.manifest.domain == Domain::kFace) {
      throw Error(ErrorCode::kUsage, "--on-no-face whole",
                  "style '" + style.manifest.name + "' draws nothing but faces",
                  "choose copy, skip or fail");
    }
    whole = make_frame_function(choice, compute, options);
  }
  const std::vector<std::filesystem::path> folders = model_folders(options.models_dir);
  FaceDetector detector(find_landmarks_file(options.face.landmarks, folders));
  const FaceStyleOptions drawing = style_options(options, style.manifest, detector);
  auto stylizer = std::make_shared<FaceStylizer>(
      open_face_style(style, Registry(folders), compute.device, compute.precision, drawing),
      detector, face);
  return [stylizer, no_face, whole](Image image) {
    return stylize_faces(*stylizer, no_face,
                         whole ? [&whole](Image picture) { return whole(std::move(picture)).image; }
                               : std::function<Image(Image)>(),
                         std::move(image));
  };
}

}  // namespace

StylizeFunction make_picture_stylizer(const StyleChoice& style, const ComputeChoice& compute,
                                      const ImageOptions& options) {
  const RegisteredStyle known = described(style);
  const bool on_faces = runs_on_faces(options.face, known.manifest);
  if (!options.face.reference.empty() && !follows_picture(known.manifest)) {
    throw Error(ErrorCode::kUsage, "--reference",
                "style '" + style.name + "' does not follow a picture", "leave it out");
  }
  return on_faces ? make_face_function(style, known, compute, options)
                  : make_frame_function(style, compute, options);
}

}  // namespace stylize::cli
