#include "stylize/style/registry.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

#include "hash_cache.h"
#include "stylize/core/byte_size.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/face/landmarks_file.h"
#include "stylize/style/file_hash.h"
#include "stylize/style/model_locations.h"

namespace stylize {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLandmarksFamily = "landmarks";

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw Error(ErrorCode::kModelMissing, path.string(), "cannot be read");
  }
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool has_alias(const Manifest& manifest, std::string_view name) {
  return std::find(manifest.aliases.begin(), manifest.aliases.end(), name) !=
         manifest.aliases.end();
}

// In an order of their own, not the file system's.
std::vector<fs::path> manifests_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code no_folder;
  for (const auto& entry : fs::directory_iterator(folder, no_folder)) {
    if (entry.path().extension() == ".json") {
      paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// The one model that Debian has as a package: libdlib-data puts it where dlib looks.
void use_installed_landmarks(RegisteredStyle& style) {
  if (style.is_present()) {
    return;
  }
  try {
    style.model_path = find_landmarks_file({}, {});
  } catch (const Error&) {
    return;  // not installed either; it can be pulled
  }
}

RegisteredStyle read_style(const fs::path& path) {
  RegisteredStyle style;
  style.manifest = parse_manifest(read_text(path), path.string());
  style.manifest_path = path;
  if (style.manifest.file.empty()) {
    throw Error(ErrorCode::kModelInvalid, path.string(), "manifest: 'file' is missing");
  }
  // A manifest speaks of the file beside it, nothing else.
  const fs::path file = style.manifest.file;
  if (file.has_parent_path() || file == "." || file == "..") {
    throw Error(ErrorCode::kModelInvalid, path.string(), "manifest: 'file' must not name a folder");
  }
  style.model_path = path.parent_path() / style.manifest.file;
  if (style.manifest.family == kLandmarksFamily) {
    use_installed_landmarks(style);
  }
  return style;
}

std::string pull_command(const RegisteredStyle& style) {
  return "stylize models pull " + style.manifest.name;
}

// Appends `style` behind its requirements. `path` holds the names being resolved.
void resolve(const Registry& registry, const RegisteredStyle& style, std::vector<std::string>& path,
             std::vector<RegisteredStyle>& order) {
  const std::string& name = style.manifest.name;
  const auto has_name = [&name](const RegisteredStyle& other) {
    return other.manifest.name == name;
  };
  if (std::any_of(order.begin(), order.end(), has_name)) {
    return;
  }
  if (std::find(path.begin(), path.end(), name) != path.end()) {
    throw Error(ErrorCode::kModelInvalid, style.manifest_path.string(),
                "manifest: 'requires' leads back to '" + name + "'");
  }
  path.push_back(name);
  for (const std::string& required : style.manifest.required) {
    resolve(registry, registry.find(required), path, order);
  }
  path.pop_back();
  order.push_back(style);
}

}  // namespace

std::vector<RegisteredStyle> with_requirements(const Registry& registry,
                                               const RegisteredStyle& style) {
  std::vector<RegisteredStyle> order;
  std::vector<std::string> path;
  resolve(registry, style, path, order);
  return order;
}

std::string terms_of(const Manifest& manifest) {
  const std::uint64_t bytes = manifest.source.size != 0 ? manifest.source.size : manifest.size;
  return (bytes == 0 ? "" : format_byte_size(bytes) + ", ") + "licence: " + manifest.licence.text +
         ", commercial use: " + (manifest.licence.commercial ? "yes" : "no");
}

Error missing_model_error(const RegisteredStyle& style) {
  const Manifest& manifest = style.manifest;
  if (!style.is_downloadable()) {
    return {ErrorCode::kModelMissing, style.model_path.string(),
            "the model file of style '" + manifest.name + "' is missing",
            "put it there, or install it again"};
  }
  return {ErrorCode::kModelMissing, "style " + manifest.name,
          "its model is not here yet: " + terms_of(manifest),
          "get it with: " + pull_command(style)};
}

bool RegisteredStyle::is_present() const {
  std::error_code ignored;
  return fs::is_regular_file(model_path, ignored);
}

Registry::Registry(const std::vector<fs::path>& folders) {
  for (const fs::path& folder : folders) {
    add_folder(folder);
  }
  std::sort(styles_.begin(), styles_.end(), [](const auto& left, const auto& right) {
    return left.manifest.name < right.manifest.name;
  });
}

void Registry::add_folder(const fs::path& folder) {
  for (const fs::path& path : manifests_in(folder)) {
    try {
      RegisteredStyle style = read_style(path);
      const bool known = std::any_of(styles_.begin(), styles_.end(), [&style](const auto& other) {
        return other.manifest.name == style.manifest.name;
      });
      if (!known) {
        styles_.push_back(std::move(style));
      }
    } catch (const Error& error) {
      log_warning(std::string("ignoring a style: ") + error.what());
    }
  }
}

const RegisteredStyle* Registry::find_if_known(std::string_view name) const {
  // A name goes before another style's alias.
  for (const RegisteredStyle& style : styles_) {
    if (style.manifest.name == name) {
      return &style;
    }
  }
  for (const RegisteredStyle& style : styles_) {
    if (has_alias(style.manifest, name)) {
      return &style;
    }
  }
  return nullptr;
}

const RegisteredStyle& Registry::find(std::string_view name) const {
  if (const RegisteredStyle* style = find_if_known(name)) {
    return *style;
  }
  std::string known;
  for (const RegisteredStyle& style : styles_) {
    known.append(known.empty() ? "" : ", ").append(style.manifest.name);
  }
  throw Error(ErrorCode::kStyleUnknown, "--style " + std::string(name), "no style of this name",
              known.empty() ? "no styles are installed; --models-dir names a folder of models"
                            : "there are: " + known + "; a model file works too: --style FILE.pt");
}

void verify_model_file(const RegisteredStyle& style) {
  const std::string path = style.model_path.string();
  if (!style.is_present()) {
    throw missing_model_error(style);
  }
  if (style.manifest.sha256.empty()) {
    log_warning(path + ": its manifest records no hash, so the file was not checked");
    return;
  }
  if (const std::string hash = sha256_of_file(path); hash != style.manifest.sha256) {
    throw Error(ErrorCode::kModelInvalid, path,
                "the file is not the one its manifest names: sha256 " + hash + ", expected " +
                    style.manifest.sha256,
                "it is damaged or was replaced; " +
                    (style.is_downloadable() ? "get it again with: " + pull_command(style)
                                             : "install it again"));
  }
}

std::string model_file_hash(const fs::path& file) { return HashCache(cache_folder()).sha256(file); }

void verify_model_file_once(const RegisteredStyle& style) {
  const std::string& expected = style.manifest.sha256;
  if (expected.empty() || !style.is_present() || model_file_hash(style.model_path) != expected) {
    verify_model_file(style);  // says what is wrong
  }
}

bool names_model_file(std::string_view style) {
  return style.find('/') != std::string_view::npos || fs::path(style).extension() == ".pt";
}

}  // namespace stylize
