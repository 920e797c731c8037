#include "picture_stylizer.h"

#include <memory>
#include <utility>

#include "stylize/core/error.h"
#include "stylize/face/landmarks_file.h"
#include "stylize/media/bit_depth.h"
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

FaceStyleOptions style_options(const PictureOptions& options, const Manifest& manifest,
                               const FindFaces& find_faces) {
  FaceStyleOptions face{.strength = options.strength,
                        .blend_index = options.face.blend_index,
                        .seed = options.face.seed,
                        .references = {},
                        .encoder = options.face.encoder,
                        .base = options.face.base,
                        .batch = {}};
  for (const std::string& reference : options.face.references) {
    const Image image = read_image(reference);
    const cv::Mat srgb = to_8_bit(ColorConverter(image.icc).to_srgb(image.rgb));
    face.references.push_back(reference_view(srgb, find_faces, face_crop(manifest)));
  }
  return face;
}

std::unique_ptr<FrameStylizer> make_frame_stylizer(const StyleChoice& style,
                                                   const ComputeChoice& compute,
                                                   const PictureOptions& options) {
  auto stylizer =
      std::make_unique<FrameStylizer>(load_frame_style(style, compute), frame_options(options));
  check_licence(stylizer->style().manifest(), options.commercial_only);
  return stylizer;
}

std::unique_ptr<Stylizer> make_face_stylizer(const StyleChoice& choice,
                                             const RegisteredStyle& style,
                                             const ComputeChoice& compute,
                                             const PictureOptions& options) {
  check_licence(style.manifest, options.commercial_only);
  const NoFace no_face = no_face_policy(options.face);
  FaceOptions face = face_options(options.face);
  face.keep_colors = options.keep_colors;
  face.compare = options.compare;
  face.max_size = options.max_size;
  face.tracks = options.clip.tracks_faces;
  std::unique_ptr<Stylizer> whole;
  if (no_face == NoFace::kWhole) {
    if (style.manifest.domain == Domain::kFace) {
      throw Error(ErrorCode::kUsage, "--on-no-face whole",
                  "style '" + style.manifest.name + "' draws nothing but faces",
                  "choose copy, skip or fail");
    }
    PictureOptions alone = options;
    alone.clip = {};  // frames with faces between them leave no past to hold on to
    whole = make_frame_stylizer(choice, compute, alone);
  }
  const std::vector<std::filesystem::path> folders = model_folders(options.models_dir);
  const FindFaces find_faces =
      shared_detector(FaceDetector(find_landmarks_file(options.face.landmarks, folders)));
  const FaceStyleOptions drawing = style_options(options, style.manifest, find_faces);
  auto stylizer = std::make_unique<FaceStylizer>(
      open_face_style(style, Registry(folders), compute.device, compute.precision, drawing),
      find_faces, face);
  return std::make_unique<FacePolicyStylizer>(std::move(stylizer), no_face, std::move(whole));
}

}  // namespace

std::unique_ptr<Stylizer> make_picture_stylizer(const StyleChoice& style,
                                                const ComputeChoice& compute,
                                                const PictureOptions& options) {
  const RegisteredStyle known = described(style);
  const bool on_faces = runs_on_faces(options.face, known.manifest);
  if (!options.face.references.empty() && !follows_picture(known.manifest)) {
    throw Error(ErrorCode::kUsage, "--reference",
                "style '" + style.name + "' does not follow a picture", "leave it out");
  }
  if (options.face.references.size() > 1 && !options.clip.is_clip) {
    throw Error(ErrorCode::kUsage, "--reference", "a picture follows one picture",
                "a video moves from one to the next: stylize video");
  }
  if (on_faces) {
    return make_face_stylizer(style, known, compute, options);
  }
  return make_frame_stylizer(style, compute, options);
}

}  // namespace stylize::cli
