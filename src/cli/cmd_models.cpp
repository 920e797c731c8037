#include "cmd_models.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "config_file.h"
#include "exit_codes.h"
#include "log_sink.h"
#include "parse.h"
#include "stylize/style/model_locations.h"
#include "stylize/style/registry.h"

namespace stylize::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ModelsOptions {
  std::string models_dir;
  std::string name;
  bool json = false;
};

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

Json to_json(const RegisteredStyle& style) {
  const Manifest& manifest = style.manifest;
  return {
      {"name", manifest.name},
      {"aliases", manifest.aliases},
      {"title", manifest.title},
      {"description", manifest.description},
      {"family", manifest.family},
      {"present", style.is_present()},
      {"file", style.model_path.string()},
      {"manifest", style.manifest_path.string()},
      {"size", manifest.size},
      {"sha256", manifest.sha256},
      {"recommended_size", manifest.recommended_size ? Json(*manifest.recommended_size) : Json()},
      {"licence",
       {{"text", manifest.licence.text},
        {"commercial", manifest.licence.commercial},
        {"origin", manifest.licence.origin}}}};
}

std::string dump(const Json& object, int indent) {
  return object.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

const char* commercial_use(const Manifest& manifest) {
  return manifest.licence.commercial ? "yes" : "no";
}

void list_styles(const Registry& registry, const ModelsOptions& options) {
  if (options.json) {
    Json all = Json::array();
    for (const RegisteredStyle& style : registry.styles()) {
      all.push_back(to_json(style));
    }
    print(dump(all, 2));
    return;
  }
  std::size_t width = std::string_view("NAME").size();
  for (const RegisteredStyle& style : registry.styles()) {
    width = std::max(width, style.manifest.name.size());
  }
  print(fmt::format("{:<{}}  {:<4}  {:<10}  {:<16}  {}\n", "NAME", width, "HERE", "COMMERCIAL",
                    "LICENCE", "DESCRIPTION"));
  for (const RegisteredStyle& style : registry.styles()) {
    const Manifest& manifest = style.manifest;
    print(fmt::format("{:<{}}  {:<4}  {:<10}  {:<16}  {}\n", manifest.name, width,
                      style.is_present() ? "yes" : "no", commercial_use(manifest),
                      manifest.licence.text, manifest.description));
  }
}

void show_style(const RegisteredStyle& style, const ModelsOptions& options) {
  if (options.json) {
    print(dump(to_json(style), 2));
    return;
  }
  const Manifest& manifest = style.manifest;
  const auto line = [](const char* label, const std::string& value) {
    if (!value.empty()) {
      print(fmt::format("{:<16}{}\n", label, value));
    }
  };
  line("name", manifest.name);
  line("aliases", fmt::format("{}", fmt::join(manifest.aliases, ", ")));
  line("title", manifest.title);
  line("description", manifest.description);
  line("family", manifest.family);
  line("file", style.model_path.string() + (style.is_present() ? "" : " (missing)"));
  line("sha256", manifest.sha256);
  line("drawn at", manifest.recommended_size
                       ? fmt::format("{} pixels on the long side", *manifest.recommended_size)
                       : "the picture's own size");
  line("licence", manifest.licence.text);
  line("commercial use", commercial_use(manifest));
  line("origin", manifest.licence.origin);
}

void show_path(const ModelsOptions& options) {
  const std::vector<std::filesystem::path> folders = model_folders(options.models_dir);
  if (options.name.empty()) {
    for (const std::filesystem::path& folder : folders) {
      print(folder.string() + "\n");
    }
    return;
  }
  print(Registry(folders).find(options.name).model_path.string() + "\n");
}

}  // namespace

int models_command(const std::vector<std::string>& arguments) {
  ModelsOptions options;
  CLI::App app("Shows which styles there are.", "stylize models");
  app.require_subcommand(1);
  add_config_option(app, true);
  app.add_option("--models-dir", options.models_dir, "Folder to look for styles first")
      ->envname("STYLIZE_MODELS_DIR")
      ->type_name("DIR")
      ->group("Running");
  CLI::App* list = app.add_subcommand("list", "All styles, with licence and whether they are here");
  CLI::App* info = app.add_subcommand("info", "Everything about one style");
  CLI::App* path =
      app.add_subcommand("path", "A style's model file; without a name, the folders searched");
  for (CLI::App* command : {list, info, path}) {
    command->fallthrough();
  }
  for (CLI::App* command : {list, info}) {
    command->add_flag("--json", options.json, "As JSON");
  }
  info->add_option("NAME", options.name, "A style")->required()->type_name("");
  path->add_option("NAME", options.name, "A style")->type_name("");
  if (!parse(app, arguments)) {
    return kAllDone;
  }
  install_log_sink(Verbosity::kNormal);
  if (path->parsed()) {
    show_path(options);
    return kAllDone;
  }
  const Registry registry(model_folders(options.models_dir));
  if (list->parsed()) {
    list_styles(registry, options);
  } else {
    show_style(registry.find(options.name), options);
  }
  return kAllDone;
}

}  // namespace stylize::cli
