#include "stylize/style/face_style.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <utility>

#include "blendgan_style.h"
#include "frame_face_style.h"
#include "jojogan_style.h"
#include "memory_check.h"
#include "stylize/core/error.h"

namespace stylize {
namespace {

constexpr int kLargestBlendIndex = 18;
constexpr int kGpuBatch = 8;
constexpr std::size_t kBytesAPixel = 1024;           // of a generator's layers, as fp32
constexpr double kExpandedBy = 1.3;                  // AlignmentVariant::kExpanded
constexpr const char* kLandmarksName = "landmarks";  // what find_landmarks_file finds, no network

// A model to be loaded.
struct ModelFile {
  RegisteredStyle model;
  bool named = false;  // by the user: without a manifest beside it there is no hash to check
};

// What a run on the CPU takes beyond what the process holds already. Measured with the networks for
// 1024 x 1024: JoJoGAN 2.4 GB (bf16: 1.8 GB) for 1.2 GB of files, BlendGAN 3.9 GB (3.1 GB) for 2.5
// GB. Converting weights as they are loaded leaves holes, which the layers' values then fill in
// part.
std::size_t memory_for(const std::vector<ModelFile>& files, int side, Precision precision) {
  const bool full = precision == Precision::kFp32;
  std::size_t weights = 0;
  for (const ModelFile& file : files) {
    std::error_code ignored;
    const std::uintmax_t stored = std::filesystem::file_size(file.model.model_path, ignored);
    weights += ignored ? 0 : stored * (full && file.model.manifest.half ? 2 : 1);
  }
  const std::size_t pixels = static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
  return full ? weights + weights / 4 + kBytesAPixel * pixels
              : weights + kBytesAPixel * pixels * 5 / 8;
}

struct Opener {
  const RegisteredStyle& style;
  const Registry& registry;
  Device device;
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

  [[nodiscard]] static ModelFile file_of(const RegisteredStyle& model) {
    const bool named = model.manifest_path.empty();
    if (!named && !model.is_present()) {
      throw missing_model_error(model);
    }
    return {model, named};
  }

  [[nodiscard]] ModelFile file_of(const std::string& chosen, const std::string& role,
                                  const std::string& option) const {
    if (!names_model_file(chosen)) {
      return file_of(needed(chosen, role, option));
    }
    RegisteredStyle model;
    model.model_path = chosen;
    return {model, true};
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

  [[nodiscard]] ModelFile encoder_file() const {
    return file_of(encoder_name(), "encoder", "--encoder");
  }

  // Before anything large is read. A GPU that has too little memory says so itself.
  void check_fits_memory(const std::vector<ModelFile>& files) const {
    const int side =
        std::max(face_crop(style.manifest).size, style.manifest.output_size.value_or(0));
    if (device.kind == DeviceKind::kCpu) {
      require_memory("style '" + name() + "'", memory_for(files, side, precision),
                     "end other programs, or choose a style for whole pictures");
    }
  }

  [[nodiscard]] static std::string verified(const ModelFile& file) {
    if (!file.named) {
      verify_model_file_once(file.model);
    }
    return file.model.model_path.string();
  }

  [[nodiscard]] TensorNetwork open_network(const ModelFile& file) const {
    return {verified(file), device, precision};
  }

  [[nodiscard]] FaceEncoder open_encoder(const ModelFile& file) const {
    return {verified(file), device, precision};
  }

  [[nodiscard]] int batch() const {
    return options.batch.value_or(device.kind == DeviceKind::kCpu ? 1 : kGpuBatch);
  }

  // The style's own, its encoder, and for JoJoGAN the base generator where strength asks for it.
  [[nodiscard]] std::vector<ModelFile> files() const {
    std::vector<ModelFile> files{file_of(style)};
    const bool is_jojogan = style.manifest.family == "stylegan2";
    if (is_jojogan || style.manifest.family == "blendgan") {
      files.push_back(encoder_file());
    }
    if (is_jojogan && options.strength < 1.0) {
      files.push_back(base_file());
    }
    return files;
  }

  [[nodiscard]] ModelFile base_file() const {
    const std::string base = options.base.empty() ? style.manifest.base : options.base;
    if (base.empty()) {
      throw Error(ErrorCode::kUsage, "--strength",
                  "style '" + name() +
                      "' names no base generator, toward which a strength below 1 would go",
                  "write it as 'base' into the style's manifest");
    }
    return file_of(base, "base generator", "--base");
  }

  [[nodiscard]] std::unique_ptr<FaceStyle> jojogan() const {
    const std::vector<ModelFile> needed = files();
    check_fits_memory(needed);
    // The largest first: what loading leaves free serves the others.
    FaceEncoder encoder = open_encoder(needed[1]);
    TensorNetwork generator = open_network(needed[0]);
    if (needed.size() > 2) {
      generator.mix_weights(open_network(needed[2]), 1.0 - options.strength);
    }
    return std::make_unique<JojoganStyle>(
        style.manifest,
        FaceGenerator(std::move(encoder), std::move(generator), style.manifest, options.seed),
        batch());
  }

  [[nodiscard]] std::unique_ptr<FaceStyle> blendgan() const {
    const std::vector<ModelFile> needed = files();
    check_fits_memory(needed);
    FaceEncoder encoder = open_encoder(needed[1]);
    return std::make_unique<BlendganStyle>(
        style.manifest,
        FaceGenerator(std::move(encoder), open_network(needed[0]), style.manifest, options.seed),
        options, batch());
  }

  [[nodiscard]] std::unique_ptr<FaceStyle> frame() const {
    FrameStyle opened = style.manifest_path.empty()
                            ? FrameStyle(style.model_path, device, precision)
                            : FrameStyle(style, device, precision);
    return std::make_unique<FrameFaceStyle>(std::move(opened), options.strength);
  }
};

// What is given and has no effect is a mistake of whoever gave it. A seed is none: scripts give it
// to whatever style there is.
void check_uses(const Manifest& manifest, const FaceStyleOptions& options) {
  const auto refuse = [&](const char* option, const char* reason, const char* remedy) {
    throw Error(ErrorCode::kUsage, option, "style '" + manifest.name + "' " + reason, remedy);
  };
  const bool blends = manifest.family == "blendgan";
  const bool mixes = manifest.family == "stylegan2";
  if (options.blend_index && !blends) {
    refuse("--blend-index", "has none",
           "use --strength; only BlendGAN's styles take a blend index");
  }
  if (!options.references.empty() && !follows_picture(manifest)) {
    refuse("--reference", "does not follow a picture", "leave it out");
  }
  if (!options.encoder.empty() && !blends && !mixes) {
    refuse("--encoder", "needs none", "leave it out");
  }
  if (!options.base.empty() && !mixes) {
    refuse("--base", "is mixed with none", "leave it out");
  }
}

void check_options(const Manifest& manifest, const FaceStyleOptions& options) {
  if (!(options.strength >= 0.0 && options.strength <= 1.0)) {
    throw Error(ErrorCode::kUsage, "--strength", "must be between 0 and 1");
  }
  if (options.batch && *options.batch < 1) {
    throw Error(ErrorCode::kUsage, "batch", "must be 1 or more");
  }
  check_uses(manifest, options);
  if (options.blend_index &&
      (*options.blend_index < 0 || *options.blend_index > kLargestBlendIndex)) {
    throw Error(ErrorCode::kUsage, "--blend-index", "must be between 0 and 18");
  }
  if (follows_picture(manifest) && options.references.empty()) {
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

bool follows_picture(const Manifest& manifest) { return manifest.family == "blendgan"; }

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

FaceStyle::FaceStyle(Manifest manifest, int batch)
    : manifest_(std::move(manifest)), crop_(face_crop(manifest_)), batch_(batch) {}

std::vector<std::filesystem::path> face_style_files(const RegisteredStyle& style,
                                                    const Registry& registry,
                                                    const FaceStyleOptions& options) {
  std::vector<std::filesystem::path> paths;
  // Which files they are depends on neither device nor precision.
  for (const ModelFile& file : Opener{style, registry, {}, Precision::kFp32, options}.files()) {
    paths.push_back(file.model.model_path);
  }
  return paths;
}

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
