#include "style_choice.h"

#include <tuple>
#include <utility>

#include "ask.h"
#include "exit_codes.h"
#include "models_pull.h"
#include "stylize/core/error.h"
#include "stylize/infer/model_metadata.h"
#include "stylize/style/model_locations.h"

namespace stylize::cli {
namespace {

// What has to come before this style runs: itself or something it requires.
std::optional<RegisteredStyle> first_missing(const Registry& registry,
                                             const RegisteredStyle& style) {
  for (const RegisteredStyle& needed : with_requirements(registry, style)) {
    if (!needed.is_present()) {
      return needed;
    }
  }
  return std::nullopt;
}

bool offer_download(const RegisteredStyle& style, const StyleRequest& request) {
  if (!request.may_offer_download || !style.is_downloadable() ||
      !ask("Style " + style.manifest.name + " is not here yet (" + terms_of(style.manifest) +
           "). Get it now?")) {
    return false;
  }
  const PullRequest pull{.names = {style.manifest.name},
                         .models_dir = request.models_dir,
                         .mirror = {},
                         .commercial_only = request.commercial_only,
                         .progress = request.progress};
  const int code = pull_styles(pull);
  if (code == kInterruptedCode) {
    throw Error(ErrorCode::kInterrupted, "style " + style.manifest.name,
                "the download was stopped");
  }
  return code == kAllDone;
}

}  // namespace

RegisteredStyle described(const StyleChoice& style) {
  if (style.registered) {
    return *style.registered;
  }
  RegisteredStyle found;
  found.model_path = style.file;
  found.manifest.name = style.name;
  if (const std::string text = read_model_metadata(style.file.string()); !text.empty()) {
    found.manifest = parse_manifest(text, style.file.string());
  }
  return found;
}

void check_licence(const Manifest& manifest, bool commercial_only) {
  if (commercial_only && !manifest.licence.commercial) {
    throw Error(ErrorCode::kUsage, "--commercial-only",
                "'" + manifest.name +
                    "' may not be used commercially (licence: " + manifest.licence.text + ")",
                "choose another; see stylize models list");
  }
}

StyleChoice choose_style(const StyleRequest& request) {
  StyleChoice choice;
  if (names_model_file(request.style)) {
    choice.file = request.style;
    choice.name = choice.file.stem().string();
    return choice;
  }
  const auto find = [&request] {
    const Registry registry(model_folders(request.models_dir));
    const RegisteredStyle& style = registry.find(request.style);
    return std::pair(style, first_missing(registry, style));
  };
  auto [style, missing] = find();
  check_licence(style.manifest, request.commercial_only);
  if (missing && offer_download(style, request)) {
    std::tie(style, missing) = find();
  }
  if (missing) {
    // Pulling the style brings what it needs.
    throw missing_model_error(style.is_present() ? *missing : style);
  }
  choice.name = style.manifest.name;
  choice.registered = std::move(style);
  return choice;
}

}  // namespace stylize::cli
