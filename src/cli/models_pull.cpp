#include "models_pull.h"

#include <algorithm>

#include "ask.h"
#include "exit_codes.h"
#include "style_choice.h"
#include "stylize/core/child_process.h"
#include "stylize/core/error.h"
#include "stylize/core/log.h"
#include "stylize/style/model_locations.h"

namespace stylize::cli {
namespace {

// Tools that can export. Where the light set-up was made, offers to complete it.
PythonTools complete_tools(bool may_ask) {
  PythonTools tools = find_python_tools();
  if (is_complete(tools)) {
    return tools;
  }
  constexpr const char* kReason =
      "making a style of a checkpoint needs all of torch in Python, which is not there";
  if (tools.set_up.empty()) {
    throw Error(ErrorCode::kToolMissing, tools.python.string(), kReason,
                "install torch, numpy, requests and gdown for it; without STYLIZE_PYTHON, "
                "scripts/setup.sh --full does it");
  }
  const std::string command = tools.set_up.string() + " --full";
  const bool agreed = may_ask && ask(std::string("Making a style of a checkpoint needs all of "
                                                 "torch (5 GB). Run ") +
                                     command + " now?");
  if (!agreed || run_child({tools.set_up.string(), "--full"}) != 0 || !is_complete(tools)) {
    throw Error(ErrorCode::kToolMissing, tools.python.string(), kReason,
                "run: " + command + " (5 GB)");
  }
  return tools;
}

bool may_be_pulled(const RegisteredStyle& style, const PullRequest& request) {
  return !request.commercial_only || style.manifest.licence.commercial;
}

void add_with_requirements(const Registry& registry, const RegisteredStyle& style,
                           std::vector<RegisteredStyle>& order) {
  for (RegisteredStyle& needed : with_requirements(registry, style)) {
    const auto is_same = [&needed](const RegisteredStyle& other) {
      return other.manifest.name == needed.manifest.name;
    };
    if (std::none_of(order.begin(), order.end(), is_same)) {
      order.push_back(std::move(needed));
    }
  }
}

std::vector<RegisteredStyle> missing_styles(const Registry& registry, const PullRequest& request) {
  std::vector<RegisteredStyle> styles;
  for (const RegisteredStyle& style : registry.styles()) {
    if (style.is_present() || !style.is_downloadable()) {
      continue;
    }
    if (may_be_pulled(style, request)) {
      styles.push_back(style);
    } else {
      log_info(style.manifest.name + ": left out, it may not be used commercially");
    }
  }
  return styles;
}

// In the order of getting, requirements first, each once.
std::vector<RegisteredStyle> styles_to_pull(const Registry& registry, const PullRequest& request) {
  std::vector<RegisteredStyle> order;
  for (const std::string& name : request.names) {
    add_with_requirements(registry, registry.find(name), order);
  }
  if (request.all_missing) {
    for (const RegisteredStyle& style : missing_styles(registry, request)) {
      add_with_requirements(registry, style, order);
    }
  }
  for (const RegisteredStyle& style : order) {
    check_licence(style.manifest, request.commercial_only);
  }
  return order;
}

// A model that is here and whole need not be got; a damaged one is got again.
bool is_here(const RegisteredStyle& style) {
  if (!style.is_present()) {
    return false;
  }
  try {
    verify_model_file(style);
    return true;
  } catch (const Error& error) {
    log_warning(error.what());
    return false;
  }
}

Installation pull_one(const RegisteredStyle& style, const PythonTools& tools,
                      const PullRequest& request) {
  log_info(style.manifest.name + ": getting it (" + terms_of(style.manifest) + ")");
  try {
    return pull_model(style, tools,
                      {.models_dir = own_models_folder(request.models_dir),
                       .mirror = request.mirror,
                       .offline = request.offline,
                       .accept_new_hash = request.accept_new_hash,
                       .progress = request.progress,
                       .quiet = request.quiet});
  } catch (const Error& error) {
    log_error(error.what());
    return Installation::kFailed;
  }
}

int exit_code(Installation result) {
  switch (result) {
    case Installation::kDone: return kAllDone;
    case Installation::kInterrupted: return kInterruptedCode;
    case Installation::kFailed: break;
  }
  return kNothingDone;
}

}  // namespace

int pull_styles(const PullRequest& request) {
  const Registry registry(model_folders(request.models_dir));
  std::vector<RegisteredStyle> wanted;
  std::size_t done = 0;
  for (RegisteredStyle& style : styles_to_pull(registry, request)) {
    if (!request.accept_new_hash && is_here(style)) {
      log_info(style.manifest.name + ": already here");
      ++done;
    } else {
      wanted.push_back(std::move(style));
    }
  }
  if (wanted.empty()) {
    return kAllDone;
  }
  const PythonTools tools = complete_tools(!request.offline && !request.quiet);
  std::size_t failed = 0;
  for (const RegisteredStyle& style : wanted) {
    switch (pull_one(style, tools, request)) {
      case Installation::kDone:
        ++done;
        log_info("try it: stylize photo.jpg --style " + style.manifest.name);
        break;
      case Installation::kFailed: ++failed; break;
      case Installation::kInterrupted: return kInterruptedCode;
    }
  }
  if (failed == 0) {
    return kAllDone;
  }
  return done == 0 ? kNothingDone : kSomeFailed;
}

int import_style(const ImportRequest& request) {
  ImportRequest complete = request;
  complete.models_dir = own_models_folder(request.models_dir);
  const Registry registry(model_folders(request.models_dir));
  if (const RegisteredStyle* known = registry.find_if_known(request.name)) {
    if (known->is_downloadable()) {  // an official one: its own name and facts
      complete.name = known->manifest.name;
      complete.catalogue = known->manifest_path;
    } else if (known->manifest_path.parent_path() != complete.models_dir) {
      throw Error(ErrorCode::kUsage, "'" + request.name + "'",
                  "is a name of the style '" + known->manifest.name + "', which stays",
                  "choose another name");
    }
  }
  return exit_code(import_model(complete, find_python_tools()));
}

}  // namespace stylize::cli
