#include "resume_key.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "face_options.h"
#include "stylize/face/landmarks_file.h"
#include "stylize/infer/precision.h"
#include "stylize/style/face_style.h"
#include "stylize/style/file_hash.h"
#include "stylize/style/model_locations.h"
#include "stylize/style/registry.h"

namespace stylize::cli {
namespace {

using Json = nlohmann::ordered_json;

template <typename Value>
Json given(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json file_content(const std::string& file) {
  return file.empty() ? Json() : Json(sha256_of_file(file));
}

// The files that the network is read from.
std::vector<std::filesystem::path> model_files(const StyleChoice& choice,
                                               const PictureOptions& options) {
  const RegisteredStyle style = described(choice);
  if (!runs_on_faces(options.face, style.manifest)) {
    return {style.model_path};
  }
  const std::vector<std::filesystem::path> folders = model_folders(options.models_dir);
  FaceStyleOptions face;
  face.strength = options.strength;
  face.encoder = options.face.encoder;
  face.base = options.face.base;
  std::vector<std::filesystem::path> files = face_style_files(style, Registry(folders), face);
  files.push_back(find_landmarks_file(options.face.landmarks, folders));
  return files;
}

Json model_hashes(const StyleChoice& style, const PictureOptions& options) {
  Json hashes = Json::array();
  for (const std::filesystem::path& file : model_files(style, options)) {
    hashes.push_back(model_file_hash(file));
  }
  return hashes;
}

// A manifest says at which size the network draws, and how faces are cut out for it.
Json manifest_content(const StyleChoice& style) {
  return style.registered ? file_content(style.registered->manifest_path.string()) : Json();
}

Json file_contents(const std::vector<std::string>& files) {
  Json contents = Json::array();
  for (const std::string& file : files) {
    contents.push_back(file_content(file));
  }
  return contents;
}

Json face_flags(const FaceFlags& flags) {
  return {{"faces", flags.faces},
          {"on_no_face", given(flags.on_no_face)},
          {"mask", given(flags.mask)},
          {"paste", given(flags.paste)},
          {"references", file_contents(flags.references)},
          {"blend_index", given(flags.blend_index)},
          {"seed", given(flags.seed)}};
}

}  // namespace

std::string resume_key(const StyleChoice& style, const ComputeChoice& compute,
                       const PictureOptions& options) {
  Json key{{"version", STYLIZE_VERSION},
           {"style", style.name},
           {"manifest", manifest_content(style)},
           {"models", model_hashes(style, options)},
           {"device", compute.device.kind == DeviceKind::kCuda ? "cuda" : "cpu"},
           {"precision", precision_name(compute.precision)},
           {"strength", options.strength},
           {"keep_colors", options.keep_colors},
           {"compare", options.compare},
           {"work_size", options.work_size},
           {"max_size", given(options.max_size)},
           {"format", options.format},
           {"quality", given(options.quality)},
           {"strip", options.strip},
           {"faces", face_flags(options.face)}};
  if (options.tile == "fast") {
    key["tile"] = options.tile;  // the others draw the same
  }
  return key.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace stylize::cli
