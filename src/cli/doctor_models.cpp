#include "doctor_models.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <system_error>
#include <vector>

#include "image_options.h"
#include "stylize/core/error.h"
#include "stylize/face/landmarks_file.h"
#include "stylize/style/model_check.h"
#include "stylize/style/model_locations.h"
#include "stylize/style/python_tools.h"

namespace stylize::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFullSetup = "scripts/setup.sh --full in the source folder";

std::string licence_text(const Manifest& manifest) {
  return manifest.licence.text +
         (manifest.licence.commercial ? ", commercial use allowed" : ", no commercial use");
}

std::string way_to_get(const RegisteredStyle& style) {
  return style.is_downloadable() ? "stylize models pull " + style.manifest.name
                                 : "put the file there, or install the style again";
}

// One style that has its model file; true when the file is whole.
bool check_present(Section& section, const RegisteredStyle& style) {
  const Manifest& manifest = style.manifest;
  if (manifest.family == "landmarks") {
    return true;  // Debian's, in a section of its own
  }
  if (manifest.sha256.empty()) {
    section.note(manifest.name, "here, but its manifest records no hash to check it with; " +
                                    licence_text(manifest));
    return true;
  }
  try {
    verify_model_file(style);
    section.ok(manifest.name, "here and whole; " + licence_text(manifest));
    return true;
  } catch (const Error&) {  // says the same with both hashes
    section.problem(
        manifest.name,
        style.model_path.string() + " is damaged or was replaced: its hash is not the manifest's",
        way_to_get(style));
    return false;
  }
}

void check_missing(Section& section, const std::vector<const RegisteredStyle*>& missing) {
  std::size_t downloadable = 0;
  for (const RegisteredStyle* style : missing) {
    const std::string& name = style->manifest.name;
    if (name == kDefaultStyle) {
      section.problem(name, "the default style, but " + style->model_path.string() + " is missing",
                      way_to_get(*style));
    } else if (style->is_downloadable()) {
      ++downloadable;
    } else {
      section.warning(name, style->model_path.string() + " is missing", way_to_get(*style));
    }
  }
  if (downloadable > 0) {
    section.note("not here", fmt::format("{} more, see stylize models list", downloadable),
                 "stylize models pull NAME");
  }
}

// The style of a family that shows whether the family draws: the default one if it is among them.
std::vector<const RegisteredStyle*> one_a_family(const std::vector<RegisteredStyle>& styles) {
  std::vector<const RegisteredStyle*> chosen;
  for (const RegisteredStyle& style : styles) {
    const auto same = std::find_if(chosen.begin(), chosen.end(), [&style](const auto* other) {
      return other->manifest.family == style.manifest.family;
    });
    if (same == chosen.end()) {
      chosen.push_back(&style);
    } else if (style.manifest.name == kDefaultStyle) {
      *same = &style;
    }
  }
  return chosen;
}

// Milliseconds to load the style and draw.
double draw(const RegisteredStyle& style, const Device& device, Precision precision) {
  const auto start = std::chrono::steady_clock::now();
  check_model(style, device, precision);
  const std::chrono::duration<double, std::milli> elapsed =
      std::chrono::steady_clock::now() - start;
  return elapsed.count();
}

}  // namespace

void check_landmarks(Section& section, const DoctorOptions& options) {
  try {
    section.ok("landmarks", find_landmarks_file({}, model_folders(options.models_dir)).string());
  } catch (const Error&) {  // its remedy names an option that the doctor does not have
    section.note("landmarks", "not found; only face styles need them", "apt install libdlib-data");
  }
}

void check_python(Section& section) {
  const char* chosen = std::getenv("STYLIZE_PYTHON");
  const bool is_chosen = chosen != nullptr && *chosen != '\0';
  try {
    const PythonTools tools = find_python_tools();
    if (is_complete(tools)) {
      section.ok("Python", tools.python.string());
      return;
    }
    section.note(
        "Python",
        tools.python.string() + " lacks packages; only getting and exporting models needs them",
        tools.set_up.empty() ? kFullSetup : tools.set_up.string() + " --full");
  } catch (const Error& error) {
    const std::string text = error.what();
    const std::string reason = text.substr(0, text.rfind(" ("));
    if (is_chosen) {
      section.warning("Python", reason, "set STYLIZE_PYTHON to a Python with torch, or unset it");
    } else {
      section.note("Python", reason, kFullSetup);
    }
  }
}

void check_model_folders(Section& section, const DoctorOptions& options) {
  for (const fs::path& folder : model_folders(options.models_dir)) {
    std::error_code ignored;
    section.ok("searched",
               folder.string() + (fs::is_directory(folder, ignored) ? "" : " (does not exist)"));
  }
  const fs::path own = own_models_folder(options.models_dir);
  if (own.empty()) {
    section.warning("new models", "have no place: neither HOME nor XDG_DATA_HOME is set",
                    "set HOME, or name a folder with --models-dir");
    return;
  }
  const fs::path existing = existing_part(own);
  const std::string cannot = "cannot be put into " + own.string() + ": " + existing.string();
  std::error_code ignored;
  if (!fs::is_directory(existing, ignored)) {
    section.problem("new models", cannot + " is not a folder", "name another with --models-dir");
  } else if (::access(existing.c_str(), W_OK | X_OK) != 0) {
    // No problem for drawing: shared folders of models are often read-only.
    section.warning("new models", cannot + " is not writable",
                    "name a folder of yours with --models-dir to get models");
  } else {
    section.ok("new models", own.string());
  }
}

std::vector<RegisteredStyle> check_styles(Section& section, const Registry& registry) {
  std::vector<RegisteredStyle> whole;
  std::vector<const RegisteredStyle*> missing;
  bool has_default = false;
  for (const RegisteredStyle& style : registry.styles()) {
    has_default = has_default || style.manifest.name == kDefaultStyle;
    if (!style.is_present()) {
      missing.push_back(&style);
    } else if (check_present(section, style)) {
      whole.push_back(style);
    }
  }
  check_missing(section, missing);
  if (!has_default) {
    section.problem(kDefaultStyle, "the default style is in none of these folders",
                    "install stylize again with cmake --install, or always give --style");
  }
  return whole;
}

void check_drawing(Section& section, const std::vector<RegisteredStyle>& styles,
                   const ComputeFound& compute) {
  if (!compute.device || !compute.precision) {
    section.note("drawing", "not tried: there is no device to draw on");
    return;
  }
  for (const RegisteredStyle* style : one_a_family(styles)) {
    const Manifest& manifest = style->manifest;
    try {
      const double elapsed = draw(*style, *compute.device, *compute.precision);
      section.ok(manifest.family,
                 fmt::format("{} loaded and ran in {:.0f} ms", manifest.name, elapsed));
    } catch (const std::exception& exception) {
      section.problem_from(manifest.family, exception.what(),
                           "try --device cpu --precision fp32; if that fails too, get the style " +
                               manifest.name + " again");
    }
  }
}

}  // namespace stylize::cli
