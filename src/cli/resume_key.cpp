#include "resume_key.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "stylize/infer/precision.h"
#include "stylize/style/file_hash.h"
#include "stylize/style/model_locations.h"

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

// A model that an option names instead of the style's own.
Json chosen_model(const std::string& model) {
  return names_model_file(model) ? file_content(model) : Json(model);
}

std::string model_hash(const RegisteredStyle& model) {
  if (!model.manifest.sha256.empty() || !model.is_present()) {
    return model.manifest.sha256;
  }
  return sha256_of_file(model.model_path);
}

// The hashes of a style and of all it requires.
Json model_hashes(const StyleChoice& style, const PictureOptions& options) {
  if (!style.registered) {
    return Json::array({sha256_of_file(style.file)});
  }
  Json hashes = Json::array();
  const Registry registry(model_folders(options.models_dir));
  for (const RegisteredStyle& part : with_requirements(registry, *style.registered)) {
    hashes.push_back(model_hash(part));
  }
  // A base generator has a share in the picture where the strength says so.
  const RegisteredStyle* base = registry.find_if_known(style.registered->manifest.base);
  if (base != nullptr && options.strength < 1.0) {
    hashes.push_back(model_hash(*base));
  }
  return hashes;
}

Json face_flags(const FaceFlags& flags) {
  return {{"faces", flags.faces},
          {"on_no_face", given(flags.on_no_face)},
          {"mask", given(flags.mask)},
          {"paste", given(flags.paste)},
          {"reference", file_content(flags.reference)},
          {"landmarks", flags.landmarks},
          {"encoder", chosen_model(flags.encoder)},
          {"base", chosen_model(flags.base)},
          {"blend_index", given(flags.blend_index)},
          {"seed", given(flags.seed)}};
}

}  // namespace

std::string resume_key(const StyleChoice& style, const ComputeChoice& compute,
                       const PictureOptions& options) {
  const Json key{{"version", STYLIZE_VERSION},
                 {"style", style.name},
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
  return key.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace stylize::cli
