// Styles by name.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "stylize/core/error.h"
#include "stylize/style/manifest.h"

namespace stylize {

struct RegisteredStyle {
  Manifest manifest;
  std::filesystem::path manifest_path;
  std::filesystem::path model_path;

  [[nodiscard]] bool is_present() const;
  [[nodiscard]] bool is_downloadable() const { return !manifest.source.urls.empty(); }
};

// All manifests of the given folders, read once. Immutable, thread safe.
class Registry {
 public:
  // The first folder that has a name wins. A manifest that cannot be read is logged and left out.
  explicit Registry(const std::vector<std::filesystem::path>& folders);

  // Sorted by name.
  [[nodiscard]] const std::vector<RegisteredStyle>& styles() const { return styles_; }

  // By name or alias; nullptr when there is none.
  [[nodiscard]] const RegisteredStyle* find_if_known(std::string_view name) const;

  // The same. Throws Error kStyleUnknown, naming what there is.
  [[nodiscard]] const RegisteredStyle& find(std::string_view name) const;

 private:
  void add_folder(const std::filesystem::path& folder);

  std::vector<RegisteredStyle> styles_;
};

// A style's requirements, theirs before them, and the style itself at the end: the order in which
// to get them. Throws Error kStyleUnknown for a requirement that no manifest describes,
// kModelInvalid for a circle.
std::vector<RegisteredStyle> with_requirements(const Registry& registry,
                                               const RegisteredStyle& style);

// "8.6 MB, licence: MIT, commercial use: no": what to know before a download.
std::string terms_of(const Manifest& manifest);

// Says that a style's model file is not here, and the one command that gets it. kModelMissing.
Error missing_model_error(const RegisteredStyle& style);

// SHA-256 of a model file; that of a large one is remembered from run to run, and holds until the
// file changes, as far as the file system tells. Throws Error kModelMissing as sha256_of_file.
std::string model_file_hash(const std::filesystem::path& file);

// Checks that the model file of a style is there and is the one that the manifest names. Throws
// Error kModelMissing or kModelInvalid (wrong hash).
void verify_model_file(const RegisteredStyle& style);

// The same for a run that is to begin soon: a large file that was read before is not read again
// unless it changed since, as far as the file system tells. LibTorch's own checksums of its parts,
// which are checked whenever it is loaded, still find a damaged one.
void verify_model_file_once(const RegisteredStyle& style);

// Whether a --style value means a file rather than a name: it has a folder part or ends in .pt.
bool names_model_file(std::string_view style);

}  // namespace stylize
