#include "models_upkeep.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "exit_codes.h"
#include "json_lines.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/style/model_check.h"
#include "stylize/style/model_installer.h"
#include "stylize/style/model_locations.h"
#include "stylize/style/registry.h"

namespace stylize::cli {
namespace {

struct Verdict {
  std::string name;
  std::string problem;  // empty when all is well
  double milliseconds = 0.0;
};

// Every check a run would make, and a run. On the CPU, which is always there.
Verdict verify(const RegisteredStyle& style) {
  Verdict verdict{style.manifest.name, {}, 0.0};
  const auto start = std::chrono::steady_clock::now();
  try {
    check_model(style, Device{}, Precision::kFp32);
  } catch (const Error& error) {
    verdict.problem = error.what();
  }
  verdict.milliseconds =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return verdict;
}

void print(const Verdict& verdict, bool json) {
  if (json) {
    print_line(to_line({{"name", verdict.name},
                        {"ok", verdict.problem.empty()},
                        {"problem", verdict.problem},
                        {"ms", verdict.milliseconds}}));
  } else if (verdict.problem.empty()) {
    std::printf("%s: ok (hash, loading and a small run, %.0f ms)\n", verdict.name.c_str(),
                verdict.milliseconds);
  } else {
    std::printf("%s: FAILED: %s\n", verdict.name.c_str(), verdict.problem.c_str());
  }
  std::fflush(stdout);
}

std::vector<RegisteredStyle> chosen_styles(const Registry& registry,
                                           const std::vector<std::string>& names) {
  std::vector<RegisteredStyle> styles;
  if (names.empty()) {
    std::copy_if(registry.styles().begin(), registry.styles().end(), std::back_inserter(styles),
                 [](const RegisteredStyle& style) { return style.is_present(); });
    return styles;
  }
  for (const std::string& name : names) {
    styles.push_back(registry.find(name));
  }
  return styles;
}

bool is_named(const std::vector<RegisteredStyle>& styles, const std::string& name) {
  return std::any_of(styles.begin(), styles.end(),
                     [&name](const RegisteredStyle& style) { return style.manifest.name == name; });
}

// A style that stays must keep what it needs.
void check_not_required(const Registry& registry, const std::vector<RegisteredStyle>& going) {
  for (const RegisteredStyle& style : registry.styles()) {
    if (!style.is_present() || is_named(going, style.manifest.name)) {
      continue;
    }
    for (const std::string& required : style.manifest.required) {
      if (is_named(going, required)) {
        throw Error(ErrorCode::kUsage, "style " + required,
                    "is needed by '" + style.manifest.name + "', which is here",
                    "remove that one too");
      }
    }
  }
}

}  // namespace

int verify_styles(const std::vector<std::string>& names, const std::string& models_dir, bool json) {
  const Registry registry(model_folders(models_dir));
  const std::vector<RegisteredStyle> styles = chosen_styles(registry, names);
  std::size_t failed = 0;
  for (const RegisteredStyle& style : styles) {
    const Verdict verdict = verify(style);
    failed += verdict.problem.empty() ? 0 : 1;
    print(verdict, json);
  }
  if (failed == 0) {
    return kAllDone;
  }
  return failed == styles.size() ? kNothingDone : kSomeFailed;
}

int remove_styles(const std::vector<std::string>& names, const std::string& models_dir) {
  const Registry registry(model_folders(models_dir));
  const std::vector<RegisteredStyle> styles = chosen_styles(registry, names);
  const std::filesystem::path own = own_models_folder(models_dir);
  for (const RegisteredStyle& style : styles) {  // all or none
    check_removable(style, own);
  }
  check_not_required(registry, styles);
  for (const RegisteredStyle& style : styles) {
    remove_model(style, own);
    log_info(style.manifest.name + ": removed");
  }
  return kAllDone;
}

}  // namespace stylize::cli
