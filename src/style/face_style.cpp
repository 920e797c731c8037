#include "stylize/style/face_style.h"

#include <cmath>
#include <utility>

#include "blendgan_style.h"
#include "frame_face_style.h"
#include "jojogan_style.h"
#include "stylize/core/error.h"

namespace stylize {
namespace {

constexpr int kLargestBlendIndex = 18;
constexpr double kExpandedBy = 1.3;                  // AlignmentVariant::kExpanded
constexpr const char* kLandmarksName = "landmarks";  // what find_landmarks_file finds, no network

struct Opener {
  const RegisteredStyle& style;
  const Registry& registry;
  const Device& device;
  Precision precision;
  const FaceStyleOptions& options;

  [[nodiscard]] const std::string& name() const { return style.manifest.name; }

  // A model that the style needs besides its own; `option` names its file instead.
  [[nodiscard]] const RegisteredStyle& needed(const std::string& model, const std::string& role,
                                              const std::string& option) const {
    const RegisteredStyle* found = registry.find_if_known(model);
    if (found == nullptr) {
      throw Error(ErrorCode::kModelMissing, "style " + name(),
                  "it needs the " + role + " '" + model + "', which is not installed",
                  "name its file: " + option + " FILE.pt");
    }
    return *found;
  }

  [[nodiscard]] static std::string file_of(const RegisteredStyle& model) {
    // Without a manifest beside it there is no hash to check: the user named the file.
    if (!model.manifest_path.empty()) {
      verify_model_file(model);
    }
    return model.model_path.string();
  }

  [[nodiscard]] std::string file_of(const std::string& chosen, const std::string& role,
                                    const std::string& option) const {
    return names_model_file(chosen) ? chosen : file_of(needed(chosen, role, option));
  }

  [[nodiscard]] std::string encoder_name() const {
    if (!options.encoder.empty()) {
      return options.encoder;
    }
    for (const std::string& required : style.manifest.required) {
      if (required != kLandmarksName &&
          needed(required, "encoder", "--encoder").manifest.family == "encoder") {
        return required;
      }
    }
    throw Error(ErrorCode::kModelInvalid, "style " + name(), "its manifest names no encoder",
                "name one: --encoder FILE.pt");
  }

  [[nodiscard]] FaceEncoder open_encoder() const {
    return {file_of(encoder_name(), "encoder", "--encoder"), device, precision};
  }

  [[nodiscard]] TensorNetwork open_network(const std::string& file) const {
    return {file, device, precision};
  }

  [[nodiscard]] std::unique_ptr<FaceStyle> jojogan() const {
    const std::string base = options.base.empty() ? style.manifest.base : options.base;
    const bool mixes = options.strength < 1.0;
    if (mixes && base.empty()) {
      throw Error(ErrorCode::kUsage, "--strength",
                  "style '" + name() +
                      "' names no base generator, toward which a strength below 1 would go",
                  "write it as 'base' into the style's manifest");
    }
    // What is missing is said before anything large is read.
    const std::string base_file = mixes ? file_of(base, "base generator", "--base") : std::string();
    FaceEncoder encoder = open_encoder();
    TensorNetwork generator = open_network(file_of(style));
    if (mixes) {
      generator.mix_weights(open_network(base_file), 1.0 - options.strength);
    }
    return std::make_unique<JojoganStyle>(
        style.manifest, JojoganStyle::Parts{std::move(encoder), std::move(generator)}, options);
  }

  [[nodiscard]] std::unique_ptr<FaceStyle> blendgan() const {
    FaceEncoder encoder = open_encoder();
    TensorNetwork generator = open_network(file_of(style));
    return std::make_unique<BlendganStyle>(
        style.manifest, BlendganStyle::Parts{std::move(encoder), std::move(generator)}, options);
  }

  [[nodiscard]] std::unique_ptr<FaceStyle> frame() const {
    FrameStyle opened = style.manifest_path.empty()
                            ? FrameStyle(style.model_path, device, precision)
                            : FrameStyle(style, device, precision);
    return std::make_unique<FrameFaceStyle>(std::move(opened), options.strength);
  }
};

void check_options(const Manifest& manifest, const FaceStyleOptions& options) {
  const bool blends = manifest.family == "blendgan";
  if (!(options.strength >= 0.0 && options.strength <= 1.0)) {
    throw Error(ErrorCode::kUsage, "--strength", "must be between 0 and 1");
  }
  if (options.blend_index && !blends) {
    throw Error(ErrorCode::kUsage, "--blend-index", "style '" + manifest.name + "' has none",
                "use --strength; only BlendGAN's styles take a blend index");
  }
  if (options.blend_index &&
      (*options.blend_index < 0 || *options.blend_index > kLargestBlendIndex)) {
    throw Error(ErrorCode::kUsage, "--blend-index", "must be between 0 and 18");
  }
  if (blends && options.reference.empty()) {
    throw Error(ErrorCode::kUsage, {}, "--style " + manifest.name + " needs --reference PICTURE",
                "it draws faces in the style of a picture");
  }
}

}  // namespace

bool runs_on_faces(const Manifest& manifest) {
  return manifest.face && (manifest.family == "animegan" ||
                           (manifest.domain == Domain::kFace &&
                            (manifest.family == "stylegan2" || manifest.family == "blendgan")));
}

FaceCrop face_crop(const Manifest& manifest) {
  if (!manifest.face) {
    throw Error(ErrorCode::kModelInvalid, manifest.name,
                "this style is for whole pictures: its manifest describes no face");
  }
  const FaceGeometry& face = *manifest.face;
  if (std::abs(face.expand - kExpandedBy) < 1e-6) {
    return {AlignmentVariant::kExpanded, face.size};
  }
  if (face.expand != 1.0) {
    throw Error(ErrorCode::kModelInvalid, manifest.name,
                "manifest: 'face.expand' is " + std::to_string(face.expand) +
                    ", faces can be cut out with 1 and 1.3 only");
  }
  return {
      face.transform_size > face.size ? AlignmentVariant::kBlendgan : AlignmentVariant::kJojogan,
      face.size};
}

FaceStyle::FaceStyle(Manifest manifest)
    : manifest_(std::move(manifest)), crop_(face_crop(manifest_)) {}

std::unique_ptr<FaceStyle> open_face_style(const RegisteredStyle& style, const Registry& registry,
                                           const Device& device, Precision precision,
                                           const FaceStyleOptions& options) {
  const Manifest& manifest = style.manifest;
  if (manifest.face && !runs_on_faces(manifest)) {
    throw Error(ErrorCode::kModelInvalid, manifest.name,
                "styles of family '" + manifest.family + "' cannot be run on faces");
  }
  face_crop(manifest);  // throws for styles that are not for faces
  check_options(manifest, options);
  const Opener opener{style, registry, device, precision, options};
  if (manifest.family == "stylegan2") {
    return opener.jojogan();
  }
  return manifest.family == "blendgan" ? opener.blendgan() : opener.frame();
}

}  // namespace stylize
