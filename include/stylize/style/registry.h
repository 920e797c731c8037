// Styles by name.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "stylize/style/manifest.h"

namespace stylize {

struct RegisteredStyle {
  Manifest manifest;
  std::filesystem::path manifest_path;
  std::filesystem::path model_path;

  [[nodiscard]] bool is_present() const;
};

// All manifests of the given folders, read once. Immutable, thread safe.
class Registry {
 public:
  // The first folder that has a name wins. A manifest that cannot be read is logged and left out.
  explicit Registry(const std::vector<std::filesystem::path>& folders);

  // Sorted by name.
  [[nodiscard]] const std::vector<RegisteredStyle>& styles() const { return styles_; }

  // By name or alias. Throws Error kStyleUnknown, naming what there is.
  [[nodiscard]] const RegisteredStyle& find(std::string_view name) const;

 private:
  void add_folder(const std::filesystem::path& folder);

  std::vector<RegisteredStyle> styles_;
};

// Checks that the model file of a style is there and is the one that the manifest names. Throws
// Error kModelMissing or kModelInvalid (wrong hash).
void verify_model_file(const RegisteredStyle& style);

// Whether a --style value means a file rather than a name: it has a folder part or ends in .pt.
bool names_model_file(std::string_view style);

}  // namespace stylize
